# What window_engine adds and leaves out. The other files are about its default.

mock_provider "google" {
  source = "./tests/mocks"
}

run "bigquery_computes_the_windows" {
  variables {
    window_engine             = "bigquery"
    dataflow_template_version = null
  }

  assert {
    condition = (
      length(google_dataflow_job.aggregate) == 0 &&
      length(google_pubsub_subscription.aggregate) == 0 &&
      length(google_service_account.dataflow) == 0 &&
      length(google_bigquery_table_iam_member.dataflow_editor) == 0 &&
      length(setintersection(keys(google_project_service.service), [
        "bigquerystorage.googleapis.com",
        "compute.googleapis.com",
        "dataflow.googleapis.com",
      ])) == 0
    )
    error_message = "nothing of Dataflow may exist"
  }
  assert {
    condition = (
      google_pubsub_subscription.tick["tick"].bigquery_config[0].table
      == "test-project.iex.tick" &&
      google_pubsub_subscription.tick["tick"].bigquery_config[0].use_table_schema &&
      google_pubsub_subscription.tick["tick"].bigquery_config[0].write_metadata &&
      google_pubsub_subscription.tick["tick"].topic
      == "projects/test-project/topics/iex-aggregate"
    )
    error_message = "Pub/Sub must write the quotes and their metadata into iex.tick"
  }
  assert {
    condition = (
      google_pubsub_subscription.tick["tick"]
      .dead_letter_policy[0].dead_letter_topic
      == google_pubsub_subscription.tick["tick_dead_letter"].topic &&
      google_pubsub_subscription.tick["tick_dead_letter"]
      .bigquery_config[0].table
      == "test-project.iex.tick_dead_letter"
    )
    error_message = "Pub/Sub must write what does not fit into iex.tick_dead_letter"
  }
  assert {
    condition = alltrue([
      for table in [
        google_bigquery_table.quote,
        google_bigquery_table.dead_letter,
      ] :
      length(table.view) == 1 &&
      length(table.time_partitioning) == 0 &&
      table.deletion_protection == false &&
      # All placeholders are filled in.
      !strcontains(table.view[0].query, "$$")
    ])
    error_message = "quote and dead_letter must be views of the ticks"
  }
  assert {
    condition = (
      google_bigquery_table.view["top_stocks"].view[0].query == replace(
        file("views/top_stocks.sql"),
        "$${quote_table}",
        "`test-project.iex.quote`"
      )
    )
    error_message = "the views on quote must be those of the other engine"
  }
  assert {
    condition = alltrue([
      for table in google_bigquery_table.tick : table.deletion_protection
    ])
    error_message = "the quotes must be protected from deletion"
  }
}

run "both_during_a_switch" {
  variables {
    window_engine = "both"
  }

  assert {
    condition = (
      length(google_dataflow_job.aggregate) == 3 &&
      keys(google_pubsub_subscription.tick) == ["tick", "tick_dead_letter"]
    )
    error_message = "the jobs and the ticks must both get all quotes"
  }
  assert {
    condition = (
      length(google_bigquery_table.quote.view) == 0 &&
      google_bigquery_table.quote.deletion_protection &&
      google_bigquery_table.dead_letter.deletion_protection
    )
    error_message = "the rows of the jobs must stay, protected"
  }
  assert {
    condition = (
      google_bigquery_routine.between["quote_between"].definition_body
      != google_bigquery_routine.between["quote_of_ticks_between"].definition_body
    )
    error_message = "the rows of both engines must be there to compare"
  }
}

run "the_default_has_no_ticks" {
  command = plan

  assert {
    condition = (
      length(google_bigquery_table.tick) == 0 &&
      length(google_pubsub_subscription.tick) == 0 &&
      !contains(keys(google_pubsub_topic.dead_letter), "iex-aggregate")
    )
    error_message = "without window_engine nothing may be added"
  }
}
