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
    error_message = "the data set iex lies in the region and is kept"
  }
  assert {
    condition     = length(google_bigquery_dataset.iex.access) == 0
    error_message = "rights are given in iam.tf"
  }
}

run "quote_table" {
  assert {
    condition = (
      google_bigquery_table.quote.dataset_id == "iex" &&
      google_bigquery_table.quote.table_id == "quote"
    )
    error_message = "it is iex.quote"
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
    error_message = "it is partitioned by the day of window_end, for 90 days"
  }
  assert {
    condition = (
      google_bigquery_table.quote.clustering
      == tolist(["resolution_minutes", "window_end"])
    )
    error_message = "it is clustered by what the queries filter on"
  }
  assert {
    condition     = google_bigquery_table.quote.require_partition_filter
    error_message = "a query must bound the windows that it reads"
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
    error_message = "it has the columns of a quote in a window"
  }
  assert {
    condition     = google_bigquery_table.quote.deletion_protection
    error_message = "it is not deleted by chance"
  }
}

run "dead_letter_table" {
  assert {
    condition = (
      google_bigquery_table.dead_letter.dataset_id == "iex" &&
      google_bigquery_table.dead_letter.table_id == "dead_letter" &&
      google_bigquery_table.dead_letter.deletion_protection
    )
    error_message = "it is iex.dead_letter, and protected"
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
    error_message = "it is partitioned by the day of dead_letter_time"
  }
  assert {
    condition = (
      [
        for column in jsondecode(google_bigquery_table.dead_letter.schema) :
        column.name
      ]
      == ["payload", "reason", "stage", "dead_letter_time"]
    )
    error_message = "it has the columns of a refused message"
  }
}

run "views" {
  assert {
    condition = (
      keys(google_bigquery_table.view) == ["percentage_gain", "top_stocks"]
    )
    error_message = "there are the two views"
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
    error_message = "each is its file, with the table's name"
  }
  assert {
    condition = alltrue([
      for name, view in google_bigquery_table.view :
      view.table_id == name && view.dataset_id == "iex" &&
      !view.view[0].use_legacy_sql
    ])
    error_message = "they are views of iex in GoogleSQL"
  }
}

run "rows_are_kept_for_ever" {
  command = plan

  variables {
    partition_expiration_days = 0
  }

  # The tables' own attribute is what Google makes of a null.
  assert {
    condition     = local.partition_expiration_ms == null
    error_message = "0 days are no expiry"
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
    error_message = "all of it can be destroyed"
  }
}
