terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }

  # Completed by `terraform init -backend-config=bucket=...`.
  backend "gcs" {
    prefix = "iex-stream"
  }
}

provider "google" {
  project = var.project_id
  region  = var.region

  # A person's own credentials name no project that pays for a request, and
  # some APIs (budgets) refuse those without one.
  billing_project       = var.project_id
  user_project_override = true

  default_labels = {
    application = "iex-stream"
  }
}
