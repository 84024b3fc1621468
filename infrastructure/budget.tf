resource "google_billing_budget" "monthly" {
  count = var.budget == null ? 0 : 1

  billing_account = var.budget.billing_account
  display_name    = "iex-stream"

  budget_filter {
    projects        = ["projects/${data.google_project.project.number}"]
    calendar_period = "MONTH"
  }

  amount {
    specified_amount {
      units = tostring(var.budget.monthly_amount)
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1]

    content {
      threshold_percent = threshold_rules.value
      spend_basis       = "CURRENT_SPEND"
    }
  }

  threshold_rules {
    threshold_percent = 1
    spend_basis       = "FORECASTED_SPEND"
  }

  # Besides the billing account's administrators, who are told in any case.
  dynamic "all_updates_rule" {
    for_each = length(local.notification_channels) > 0 ? [""] : []

    content {
      monitoring_notification_channels = local.notification_channels
      disable_default_iam_recipients   = false
    }
  }

  depends_on = [google_project_service.service]
}
