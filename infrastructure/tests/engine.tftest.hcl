mock_provider "google" {
  source = "./tests/mocks"
}

run "only_what_has_rows_is_protected_from_deletion" {
  command = plan

  variables {
    window_engine             = "bigquery"
    dataflow_template_version = null
  }

  assert {
    condition = (
      !google_bigquery_table.quote.deletion_protection &&
      !google_bigquery_table.dead_letter.deletion_protection
    )
    error_message = "the views quote and dead_letter must not be protected"
  }
  assert {
    condition = alltrue([
      for table in google_bigquery_table.tick : table.deletion_protection
    ])
    error_message = "the tables of ticks must be protected"
  }
}
