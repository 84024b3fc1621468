# What window_engine decides. Everything else refers to these values.
locals {
  # Dataflow jobs, which write rows of windows into the table iex.quote.
  has_jobs = var.window_engine != "bigquery"

  # Quotes in iex.tick, which Pub/Sub writes. Without jobs, iex.quote is a view
  # that computes the windows of these.
  has_ticks = var.window_engine != "dataflow"
}

# A table cannot become a view of the same name, nor a view a table: with this,
# Terraform deletes one before it creates the other.
resource "terraform_data" "results" {
  input = local.has_jobs ? "tables" : "views"
}
