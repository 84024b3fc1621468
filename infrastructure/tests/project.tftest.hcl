mock_provider "google" {
  source = "./tests/mocks"
}

run "the_code_bucket_is_open_to_the_public" {
  command = plan

  override_data {
    target = data.google_storage_bucket.code
    values = {
      location                    = "EUROPE-WEST2"
      public_access_prevention    = "inherited"
      uniform_bucket_level_access = true
    }
  }

  expect_failures = [check.code_bucket]
}

run "the_code_bucket_has_rights_on_single_objects" {
  command = plan

  override_data {
    target = data.google_storage_bucket.code
    values = {
      location                    = "EUROPE-WEST2"
      public_access_prevention    = "enforced"
      uniform_bucket_level_access = false
    }
  }

  expect_failures = [check.code_bucket]
}

run "the_code_bucket_lies_elsewhere" {
  command = plan

  override_data {
    target = data.google_storage_bucket.code
    values = {
      location                    = "US"
      public_access_prevention    = "enforced"
      uniform_bucket_level_access = true
    }
  }

  expect_failures = [check.code_bucket]
}
