terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50" # .terraform.lock.hcl pins it
    }
  }

  # The bucket comes from `terraform init -backend-config=bucket=...`.
  backend "gcs" {
    prefix = "iex-stream"
  }
}

provider "google" {
  project = var.project_id
  region  = var.region

  # Some APIs (budgets) refuse a request that names no project to bill, and
  # the credentials of a person name none.
  billing_project       = var.project_id
  user_project_override = true

  default_labels = {
    application = "iex-stream"
  }
}
