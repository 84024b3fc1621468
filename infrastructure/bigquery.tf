locals {
  milliseconds_per_day = 24 * 60 * 60 * 1000

  # Null keeps rows forever.
  partition_expiration_ms = (
    var.partition_expiration_days == 0
    ? null
    : var.partition_expiration_days * local.milliseconds_per_day
  )

  quote_table = format(
    "`%s.%s.%s`",
    var.project_id,
    google_bigquery_dataset.iex.dataset_id,
    google_bigquery_table.quote.table_id
  )
}

resource "google_bigquery_dataset" "iex" {
  dataset_id                 = "iex"
  location                   = var.region
  description                = "Stock quotes in sliding windows"
  delete_contents_on_destroy = !var.deletion_protection

  depends_on = [terraform_data.services_ready]
}

resource "google_bigquery_table" "quote" {
  dataset_id          = google_bigquery_dataset.iex.dataset_id
  table_id            = "quote"
  description         = "One row for each quote and each window that contains it"
  schema              = file("${path.module}/schemas/quote.json")
  clustering          = ["resolution_minutes", "window_end"]
  deletion_protection = var.deletion_protection

  # Without a filter on the window a query would read, and bill, all rows.
  require_partition_filter = true

  time_partitioning {
    type          = "DAY"
    field         = "window_end"
    expiration_ms = local.partition_expiration_ms
  }
}

resource "google_bigquery_table" "dead_letter" {
  dataset_id          = google_bigquery_dataset.iex.dataset_id
  table_id            = "dead_letter"
  description         = "Messages that the pipeline rejected"
  schema              = file("${path.module}/schemas/dead_letter.json")
  deletion_protection = var.deletion_protection

  time_partitioning {
    type          = "DAY"
    field         = "dead_letter_time"
    expiration_ms = local.partition_expiration_ms
  }
}

resource "google_bigquery_table" "view" {
  for_each = {
    percentage_gain = "Percentage gain of each stock in each closed window"
    top_stocks      = "The three highest mean prices in each closed window"
  }

  dataset_id  = google_bigquery_dataset.iex.dataset_id
  table_id    = each.key
  description = each.value

  # A view contains no data of its own.
  deletion_protection = false

  view {
    query = templatefile("${path.module}/views/${each.key}.sql", {
      quote_table = local.quote_table
    })
    use_legacy_sql = false
  }
}
