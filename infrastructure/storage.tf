# bootstrap/bootstrap.mjs creates this bucket, because the functions' zip and
# the Dataflow templates are uploaded to it before Terraform runs.
data "google_storage_bucket" "code" {
  name = var.code_bucket
}

check "code_bucket" {
  assert {
    condition = (
      data.google_storage_bucket.code.uniform_bucket_level_access == true &&
      data.google_storage_bucket.code.public_access_prevention == "enforced"
    )
    error_message = <<-EOT
      gs://${var.code_bucket} must have uniform bucket-level access and
      enforced public access prevention.
    EOT
  }
  assert {
    condition = (
      lower(data.google_storage_bucket.code.location) == var.region
    )
    error_message = <<-EOT
      gs://${var.code_bucket} is not in ${var.region}: workers would read and
      write across regions.
    EOT
  }
}

locals {
  dataflow_folder = "gs://${data.google_storage_bucket.code.name}/dataflow"
}
