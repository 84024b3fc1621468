# Made by bootstrap/bootstrap.mjs, because its content is there before
# Terraform runs: the functions' zip and the Dataflow templates.
data "google_storage_bucket" "code" {
  name = var.code_bucket

  lifecycle {
    postcondition {
      condition = (
        self.uniform_bucket_level_access &&
        self.public_access_prevention == "enforced"
      )
      error_message = <<-EOT
        gs://${var.code_bucket} must have uniform bucket-level access and
        enforced public access prevention.
      EOT
    }
    postcondition {
      condition     = lower(self.location) == var.region
      error_message = <<-EOT
        gs://${var.code_bucket} lies in ${lower(self.location)}, not in
        ${var.region}: workers would read and write across regions.
      EOT
    }
  }
}

locals {
  dataflow_folder = "gs://${data.google_storage_bucket.code.name}/dataflow"
}
