# The secret without its value, because Terraform's state would contain it in
# plain text. Add the value with `gcloud secrets versions add`.
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

  depends_on = [terraform_data.services_ready]
}
