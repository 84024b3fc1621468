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

  # In addition to the billing account's administrators, who always get mail.
  # A budget takes e-mail channels only, five at most; notification_channels
  # may be of any kind, so it gets none of them.
  # https://cloud.google.com/billing/docs/how-to/budgets-notification-recipients
  dynamic "all_updates_rule" {
    for_each = length(local.email_channels) > 0 ? [""] : []

    content {
      monitoring_notification_channels = local.email_channels
      disable_default_iam_recipients   = false
    }
  }

  lifecycle {
    precondition {
      condition     = length(var.alert_emails) <= 5
      error_message = <<-EOT
        A budget notifies at most five addresses: reduce alert_emails, or use
        the address of a group.
      EOT
    }
  }

  depends_on = [terraform_data.services_ready]
}
