locals {
  milliseconds_per_day = 24 * 60 * 60 * 1000

  # Null keeps rows forever.
  partition_expiration_ms = (
    var.partition_expiration_days == 0
    ? null
    : var.partition_expiration_days * local.milliseconds_per_day
  )

  # For queries.
  quote_table = "`${local.dataset}.${google_bigquery_table.quote.table_id}`"

  # For Pub/Sub.
  tick_tables = {
    for table, tick in google_bigquery_table.tick :
    table => "${local.dataset}.${tick.table_id}"
  }

  dataset = join(".", [
    var.project_id, google_bigquery_dataset.iex.dataset_id
  ])
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
  deletion_protection = local.has_jobs && var.deletion_protection

  # The jobs write into a table; otherwise it is a view of the ticks.
  schema = (
    local.has_jobs ? file("${path.module}/schemas/quote.json") : null
  )
  clustering = local.has_jobs ? ["resolution_minutes", "window_end"] : null

  # Without a filter on the window a query would read, and bill, all rows.
  require_partition_filter = local.has_jobs ? true : null

  dynamic "time_partitioning" {
    for_each = local.has_jobs ? [""] : []

    content {
      type          = "DAY"
      field         = "window_end"
      expiration_ms = local.partition_expiration_ms
    }
  }

  dynamic "view" {
    for_each = local.has_jobs ? [] : [""]

    content {
      query          = local.tick_queries["quote"]
      use_legacy_sql = false
    }
  }

  lifecycle {
    replace_triggered_by = [terraform_data.results]
  }
}

resource "google_bigquery_table" "dead_letter" {
  dataset_id          = google_bigquery_dataset.iex.dataset_id
  table_id            = "dead_letter"
  description         = "Messages that the pipeline rejected"
  deletion_protection = local.has_jobs && var.deletion_protection

  schema = (
    local.has_jobs ? file("${path.module}/schemas/dead_letter.json") : null
  )

  dynamic "time_partitioning" {
    for_each = local.has_jobs ? [""] : []

    content {
      type          = "DAY"
      field         = "dead_letter_time"
      expiration_ms = local.partition_expiration_ms
    }
  }

  dynamic "view" {
    for_each = local.has_jobs ? [] : [""]

    content {
      query          = local.tick_queries["dead_letter"]
      use_legacy_sql = false
    }
  }

  lifecycle {
    replace_triggered_by = [terraform_data.results]
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
