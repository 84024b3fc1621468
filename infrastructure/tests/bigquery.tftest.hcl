mock_provider "google" {
  source = "./tests/mocks"
}

run "dataset" {
  assert {
    condition = (
      google_bigquery_dataset.iex.dataset_id == "iex" &&
      google_bigquery_dataset.iex.location == "europe-west2" &&
      !google_bigquery_dataset.iex.delete_contents_on_destroy
    )
    error_message = "the dataset iex must be in the region and keep its content"
  }
  assert {
    condition     = length(google_bigquery_dataset.iex.access) == 0
    error_message = "only iam.tf may grant rights"
  }
}

run "quote_table" {
  assert {
    condition = (
      google_bigquery_table.quote.dataset_id == "iex" &&
      google_bigquery_table.quote.table_id == "quote"
    )
    error_message = "the table must be iex.quote"
  }
  assert {
    condition = (
      jsonencode(google_bigquery_table.quote.time_partitioning)
      == jsonencode([{
        expiration_ms            = 90 * 24 * 60 * 60 * 1000
        field                    = "window_end"
        require_partition_filter = null
        type                     = "DAY"
      }])
    )
    error_message = "it must be partitioned by the day of window_end, for 90 days"
  }
  assert {
    condition = (
      google_bigquery_table.quote.clustering
      == tolist(["resolution_minutes", "window_end"])
    )
    error_message = "it must be clustered by the columns in the filters of queries"
  }
  assert {
    condition     = google_bigquery_table.quote.require_partition_filter
    error_message = "a query must filter on the window"
  }
  assert {
    condition = (
      {
        for column in jsondecode(google_bigquery_table.quote.schema) :
        column.name => "${column.type} ${column.mode}"
      }
      == {
        symbol             = "STRING REQUIRED"
        latest_price       = "FLOAT REQUIRED"
        window_end         = "TIMESTAMP REQUIRED"
        event_time         = "TIMESTAMP REQUIRED"
        resolution_minutes = "INTEGER REQUIRED"
      }
    )
    error_message = "it must have the columns of a quote in a window"
  }
  assert {
    condition     = google_bigquery_table.quote.deletion_protection
    error_message = "it must be protected from deletion"
  }
}

run "dead_letter_table" {
  assert {
    condition = (
      google_bigquery_table.dead_letter.dataset_id == "iex" &&
      google_bigquery_table.dead_letter.table_id == "dead_letter" &&
      google_bigquery_table.dead_letter.deletion_protection
    )
    error_message = "the table must be iex.dead_letter, protected from deletion"
  }
  assert {
    condition = (
      jsonencode(google_bigquery_table.dead_letter.time_partitioning)
      == jsonencode([{
        expiration_ms            = 90 * 24 * 60 * 60 * 1000
        field                    = "dead_letter_time"
        require_partition_filter = null
        type                     = "DAY"
      }])
    )
    error_message = "it must be partitioned by the day of dead_letter_time"
  }
  assert {
    condition = (
      [
        for column in jsondecode(google_bigquery_table.dead_letter.schema) :
        column.name
      ]
      == ["payload", "reason", "stage", "dead_letter_time"]
    )
    error_message = "it must have the columns of a rejected message"
  }
}

run "views" {
  assert {
    condition = (
      keys(google_bigquery_table.view) == ["percentage_gain", "top_stocks"]
    )
    error_message = "there must be two views"
  }
  assert {
    condition = alltrue([
      for name, view in google_bigquery_table.view :
      view.view[0].query == replace(
        file("views/${name}.sql"),
        "$${quote_table}",
        "`test-project.iex.quote`"
      )
    ])
    error_message = "each view must be its file with the name of the table filled in"
  }
  assert {
    condition = alltrue([
      for name, view in google_bigquery_table.view :
      view.table_id == name && view.dataset_id == "iex" &&
      !view.view[0].use_legacy_sql
    ])
    error_message = "they must be views of iex in GoogleSQL"
  }
}

run "rows_are_kept_forever" {
  command = plan

  variables {
    partition_expiration_days = 0
  }

  # In the table itself, a null becomes a value that Google computes.
  assert {
    condition     = local.partition_expiration_ms == null
    error_message = "0 days must mean no expiration"
  }
}

run "protection_can_be_lifted" {
  variables {
    deletion_protection = false
  }

  assert {
    condition = (
      !google_bigquery_table.quote.deletion_protection &&
      !google_bigquery_table.dead_letter.deletion_protection &&
      !google_secret_manager_secret.quote_api_token.deletion_protection &&
      google_bigquery_dataset.iex.delete_contents_on_destroy
    )
    error_message = "everything must be deletable"
  }
}
