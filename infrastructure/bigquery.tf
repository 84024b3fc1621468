locals {
  milliseconds_per_day = 24 * 60 * 60 * 1000

  # Null keeps rows forever.
  partition_expiration_ms = (
    var.partition_expiration_days == 0
    ? null
    : var.partition_expiration_days * local.milliseconds_per_day
  )

  dataset = join(".", [
    var.project_id, google_bigquery_dataset.iex.dataset_id
  ])

  # For queries.
  quote_table = "`${local.dataset}.${google_bigquery_table.quote.table_id}`"
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
      query          = local.recent_quotes_of_ticks
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
      query          = local.dead_letters_of_ticks
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

# Views cannot have parameters. These bound what a query reads, and bills, by
# the windows that it is about.
resource "google_bigquery_routine" "between" {
  for_each = merge(
    {
      quote_between = (
        local.has_jobs
        ? templatefile("${path.module}/views/quote_between.sql", {
          quote_table = local.quote_table
          window_from = "window_from"
          window_to   = "window_to"
        })
        : local.quotes_of_ticks_between
      )
    },
    # To compare the two engines, and to copy the windows from one to the other.
    local.has_jobs && local.has_ticks
    ? { quote_of_ticks_between = local.quotes_of_ticks_between }
    : {}
  )

  dataset_id      = google_bigquery_dataset.iex.dataset_id
  routine_id      = each.key
  routine_type    = "TABLE_VALUED_FUNCTION"
  language        = "SQL"
  definition_body = each.value
  description     = "Rows of the windows that end between two times"

  dynamic "arguments" {
    for_each = ["window_from", "window_to"]

    content {
      name      = arguments.value
      data_type = jsonencode({ typeKind = "TIMESTAMP" })
    }
  }
}

resource "google_bigquery_routine" "view_between" {
  for_each = google_bigquery_table.view

  dataset_id   = google_bigquery_dataset.iex.dataset_id
  routine_id   = "${each.key}_between"
  routine_type = "TABLE_VALUED_FUNCTION"
  language     = "SQL"
  description  = each.value.description

  definition_body = templatefile("${path.module}/views/${each.key}.sql", {
    quote_table = format(
      "`%s.%s`(window_from, window_to)",
      local.dataset,
      google_bigquery_routine.between["quote_between"].routine_id
    )
  })

  dynamic "arguments" {
    for_each = ["window_from", "window_to"]

    content {
      name      = arguments.value
      data_type = jsonencode({ typeKind = "TIMESTAMP" })
    }
  }
}
