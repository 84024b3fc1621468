locals {
  charts = concat(
    [
      { title = "Quotes published per second", query = local.measure.quotes },
      { title = "Messages waiting", query = local.measure.backlog },
      { title = "Oldest message (s)", query = local.measure.oldest_message },
      {
        title = "Functions: share of failed requests"
        query = local.measure.function_errors
      },
      { title = "Dead letters in Pub/Sub", query = local.measure.dead_letters },
    ],
    [
      for chart in [
        {
          title = "Age of the newest results (s)"
          query = local.measure.freshness
        },
        {
          title = "System lag of the jobs (s)"
          query = local.measure.system_lag
        },
        {
          title = "Messages rejected by the pipeline in 10 minutes"
          query = local.measure.refused
        },
      ] : chart if local.has_jobs
    ],
    [
      for chart in [
        { title = "Quotes written per second", query = local.measure.written },
        {
          title = "Writes to BigQuery: share of failed ones"
          query = local.measure.write_errors
        },
        {
          title = "Messages that do not fit in 10 minutes"
          query = local.measure.unfit
        },
      ] : chart if local.has_ticks
    ]
  )
}

resource "google_monitoring_dashboard" "dashboard" {
  dashboard_json = jsonencode({
    displayName = "iex-stream"
    gridLayout = {
      columns = "2"
      widgets = [for chart in local.charts : {
        title = chart.title
        xyChart = {
          dataSets = [{
            plotType        = "LINE"
            timeSeriesQuery = { prometheusQuery = chart.query }
          }]
        }
      }]
    }
  })

  depends_on = [terraform_data.services_ready]
}
