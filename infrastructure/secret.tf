# The secret without its value, which would lie open in Terraform's state: add
# it with `gcloud secrets versions add`.
resource "google_secret_manager_secret" "quote_api_token" {
  secret_id           = "iex-quote-api-token"
  deletion_protection = var.deletion_protection

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }

  depends_on = [google_project_service.service]
}
