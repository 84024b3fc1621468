# The quotes, each once, as Pub/Sub writes them; and the queries that compute
# from them what the Dataflow jobs would write. views/README.md lists what the
# queries are given.

locals {
  # How often windows end, what a valid quote is, and how far views look back.
  quote_rules = jsondecode(file("${path.module}/quote-rules.json"))

  # For Pub/Sub.
  tick_tables = {
    for name, table in google_bigquery_table.tick :
    name => "${local.dataset}.${table.table_id}"
  }

  tick_values = merge(
    local.quote_rules,
    {
      for name, table in google_bigquery_table.tick :
      "${name}_table" => "`${local.dataset}.${table.table_id}`"
    },
    {
      for view in google_bigquery_table.tick_refused :
      "tick_refused_view" => "`${local.dataset}.${view.table_id}`"
    },
    {
      resolutions     = join(", ", var.resolutions)
      longest_minutes = max(var.resolutions...)
      lookback_minutes = (
        max(var.resolutions...) + local.quote_rules.repeat_minutes
      )
      refusal = local.tick_refusal
    },
  )

  # Why a tick is no valid quote: a part of other queries.
  tick_refusal = trimspace(templatefile(
    "${path.module}/views/bigquery-engine/refusal.sql", local.quote_rules
  ))

  quotes_of_ticks_between = local.has_ticks ? templatefile(
    "${path.module}/views/bigquery-engine/quote.sql",
    merge(local.tick_values, {
      window_from = "window_from"
      window_to   = "window_to"
    })
  ) : ""

  # A view has no parameters, so it has the recent windows, and those that are
  # still open.
  recent_quotes_of_ticks = local.has_ticks ? templatefile(
    "${path.module}/views/bigquery-engine/quote.sql",
    merge(local.tick_values, {
      window_from = format(
        "TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL %d HOUR)",
        local.quote_rules.view_hours
      )
      window_to = "TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR)"
    })
  ) : ""

  dead_letters_of_ticks = local.has_ticks ? templatefile(
    "${path.module}/views/bigquery-engine/dead_letter.sql", local.tick_values
  ) : ""
}

resource "google_bigquery_table" "tick" {
  for_each = {
    for name, table in {
      tick = {
        description = "Each quote once, as it was published"
        partitions  = "event_time"
        clustering  = ["event_time", "publish_time"]
      }
      tick_dead_letter = {
        description = "Messages that do not fit into tick, whole"
        partitions  = "publish_time"
        clustering  = null
      }
    } : name => table if local.has_ticks
  }

  dataset_id          = google_bigquery_dataset.iex.dataset_id
  table_id            = each.key
  description         = each.value.description
  schema              = file("${path.module}/schemas/${each.key}.json")
  clustering          = each.value.clustering
  deletion_protection = var.deletion_protection

  time_partitioning {
    type          = "DAY"
    field         = each.value.partitions
    expiration_ms = local.partition_expiration_ms
  }
}

# BigQuery keeps its rows up to date, so that the few refused ticks are found
# without reading all others.
resource "google_bigquery_table" "tick_refused" {
  count = local.has_ticks ? 1 : 0

  dataset_id  = google_bigquery_dataset.iex.dataset_id
  table_id    = "tick_refused"
  description = "Ticks that the pipeline would reject"

  # It contains no data of its own.
  deletion_protection = false

  time_partitioning {
    type  = "DAY"
    field = "event_time"
  }

  materialized_view {
    query = templatefile(
      "${path.module}/views/bigquery-engine/tick_refused.sql", {
        refusal    = local.tick_refusal
        tick_table = "`${local.tick_tables["tick"]}`"
      }
    )
    enable_refresh      = true
    refresh_interval_ms = 30 * 60 * 1000
  }
}

# To compare the two engines, and to copy dead letters from one to the other.
resource "google_bigquery_table" "dead_letter_of_ticks" {
  count = local.has_jobs && local.has_ticks ? 1 : 0

  dataset_id  = google_bigquery_dataset.iex.dataset_id
  table_id    = "dead_letter_of_ticks"
  description = "What the view dead_letter has without Dataflow jobs"

  deletion_protection = false

  view {
    query          = local.dead_letters_of_ticks
    use_legacy_sql = false
  }
}
