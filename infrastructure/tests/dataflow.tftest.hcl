mock_provider "google" {
  source = "./tests/mocks"
}

run "a_job_for_each_resolution" {
  assert {
    condition = (
      {
        for name, job in google_dataflow_job.aggregate :
        name => [job.name, job.region, job.template_gcs_path]
      }
      == {
        for name in ["iex-aggregate-1", "iex-aggregate-5", "iex-aggregate-15"] :
        name => [
          name,
          "europe-west2",
          "gs://test-project-code/dataflow/templates/0a1b2c/${name}",
        ]
      }
    )
    error_message = "each resolution of resolutions.auto.tfvars.json must have its job"
  }
  assert {
    condition = alltrue([
      for name, job in google_dataflow_job.aggregate :
      contains(keys(google_pubsub_subscription.aggregate), name)
    ])
    error_message = "each job must have a subscription of the same name"
  }
  assert {
    condition = alltrue([
      for job in google_dataflow_job.aggregate :
      job.enable_streaming_engine &&
      job.on_delete == "drain" &&
      job.machine_type == "e2-standard-2" &&
      job.max_workers == 2 &&
      job.ip_configuration == "WORKER_IP_PUBLIC" &&
      job.subnetwork == null &&
      job.temp_gcs_location == "gs://test-project-code/dataflow/temp" &&
      job.service_account_email
      == "iex-dataflow@test-project.iam.gserviceaccount.com"
    ])
    error_message = "jobs must use the streaming engine and their own account, and drain"
  }
  assert {
    condition = alltrue([
      for job in google_dataflow_job.aggregate :
      job.parameters == null
    ])
    error_message = "a job must have no parameters, because its template contains them"
  }
}

run "other_resolutions" {
  variables {
    resolutions = [2, 30]
  }

  assert {
    condition = (
      keys(google_dataflow_job.aggregate)
      == ["iex-aggregate-2", "iex-aggregate-30"]
    )
    error_message = "the jobs must follow the resolutions"
  }
}

run "one_job_with_three_branches" {
  variables {
    dataflow_layout           = "single"
    dataflow_machine_type     = "n2-standard-4"
    dataflow_max_workers      = 5
    dataflow_on_delete        = "cancel"
    dataflow_private_ips      = true
    dataflow_subnetwork       = "regions/europe-west2/subnetworks/workers"
    dataflow_template_version = "3d4e5f"
  }

  assert {
    condition     = keys(google_dataflow_job.aggregate) == ["iex-aggregate"]
    error_message = "there must be one job"
  }
  assert {
    condition = (
      google_dataflow_job.aggregate["iex-aggregate"].template_gcs_path
      == "gs://test-project-code/dataflow/templates/3d4e5f/iex-aggregate"
    )
    error_message = "it must use the template with all resolutions"
  }
  assert {
    condition = (
      keys(google_pubsub_subscription.aggregate) == ["iex-aggregate"]
    )
    error_message = "it must have the only subscription"
  }
  assert {
    condition = (
      google_dataflow_job.aggregate["iex-aggregate"].machine_type
      == "n2-standard-4" &&
      google_dataflow_job.aggregate["iex-aggregate"].max_workers == 5 &&
      google_dataflow_job.aggregate["iex-aggregate"].on_delete == "cancel" &&
      google_dataflow_job.aggregate["iex-aggregate"].ip_configuration
      == "WORKER_IP_PRIVATE" &&
      google_dataflow_job.aggregate["iex-aggregate"].subnetwork
      == "regions/europe-west2/subnetworks/workers" &&
      google_dataflow_job.aggregate["iex-aggregate"].labels
      == tomap({ template-version = "3d4e5f" })
    )
    error_message = "the settings of the job must come from the variables"
  }
}
