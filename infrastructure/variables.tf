variable "alarm_mode" {
  description = "fan_out: one alarm contains all symbols; per_symbol: each symbol has its own alarm, which skips the fan-out."
  type        = string
  default     = "fan_out"
  nullable    = false

  validation {
    condition     = contains(["fan_out", "per_symbol"], var.alarm_mode)
    error_message = "alarm_mode must be fan_out or per_symbol."
  }
}

variable "alarm_schedule" {
  description = "When the alarms run, in cron format. The first field must be *, because an alarm starts one minute of quotes."
  type        = string
  default     = "* * * * *"
  nullable    = false

  validation {
    condition     = can(regex("^\\*( [0-9A-Za-z*/,-]+){4}$", var.alarm_schedule))
    error_message = "alarm_schedule must have five fields; the first must be *."
  }
}

variable "alarm_time_zone" {
  description = "Time zone of alarm_schedule, by its name in the tz database."
  type        = string
  default     = "America/New_York"
  nullable    = false

  validation {
    condition = can(regex(
      "^[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$", var.alarm_time_zone
    ))
    error_message = "alarm_time_zone must be a name such as Europe/London."
  }
}

variable "alert_emails" {
  description = "E-mail addresses that receive alerts and budget notifications."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for email in var.alert_emails :
      can(regex("^[^\\s@]+@[^\\s@.]+(\\.[^\\s@.]+)+$", email))
    ])
    error_message = "alert_emails must be e-mail addresses."
  }
}

variable "alert_thresholds" {
  description = "Values above which alerts fire. The default of backlog_messages is ten minutes of quotes, but at least 1,000."
  type = object({
    backlog_messages           = optional(number)
    data_freshness_seconds     = optional(number, 300)
    function_error_ratio       = optional(number, 0.05)
    oldest_message_age_seconds = optional(number, 300)
    system_lag_seconds         = optional(number, 120)
    write_error_ratio          = optional(number, 0.05)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for threshold in values(var.alert_thresholds) :
      threshold == null || try(threshold > 0, false)
    ])
    error_message = "alert_thresholds must be above 0."
  }
  validation {
    condition = (
      var.alert_thresholds.function_error_ratio < 1 &&
      var.alert_thresholds.write_error_ratio < 1
    )
    error_message = "alert_thresholds must be below 1 if they are ratios."
  }
}

variable "budget" {
  description = "Monthly budget of the project, in the currency of the billing account; null for none. It notifies at 50, 90 and 100 %, and if the forecast is above 100 %. With a budget, alert_emails may have at most five addresses."
  type = object({
    billing_account = string
    monthly_amount  = number
  })
  default = null

  validation {
    condition = var.budget == null || can(regex(
      "^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.budget.billing_account
    ))
    error_message = "budget.billing_account must look like 012345-6789AB-CDEF01."
  }
  validation {
    condition = (
      var.budget == null ||
      try(
        var.budget.monthly_amount >= 1 &&
        floor(var.budget.monthly_amount) == var.budget.monthly_amount,
        false
      )
    )
    error_message = "budget.monthly_amount must be a whole number above 0."
  }
}

variable "code_bucket" {
  description = "Bucket for the functions' zip and the Dataflow templates, created by bootstrap/bootstrap.mjs."
  type        = string
  nullable    = false

  validation {
    condition = can(regex(
      "^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$", var.code_bucket
    ))
    error_message = "code_bucket must be the name of a bucket, without gs://."
  }
}

variable "dataflow_layout" {
  description = "per_resolution: a job for each resolution; single: one job with a branch for each resolution, which costs less for few symbols."
  type        = string
  default     = "per_resolution"
  nullable    = false

  validation {
    condition     = contains(["per_resolution", "single"], var.dataflow_layout)
    error_message = "dataflow_layout must be per_resolution or single."
  }
}

variable "dataflow_machine_type" {
  description = "Machine type of the Dataflow workers."
  type        = string
  default     = "e2-standard-2"
  nullable    = false

  validation {
    condition = can(regex(
      "^[a-z][a-z0-9]+(-[a-z0-9]+)+$", var.dataflow_machine_type
    ))
    error_message = "dataflow_machine_type must look like e2-standard-2."
  }
}

variable "dataflow_max_workers" {
  description = "Maximum number of workers of a Dataflow job. A change replaces the jobs; docs/infrastructure.md says how to change a running job."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition = (
      var.dataflow_max_workers >= 1 && var.dataflow_max_workers <= 1000 &&
      floor(var.dataflow_max_workers) == var.dataflow_max_workers
    )
    error_message = "dataflow_max_workers must be a whole number from 1 to 1000."
  }
}

variable "dataflow_on_delete" {
  description = "What happens to a job that is replaced or destroyed. drain: it finishes what it has read; cancel: it stops at once."
  type        = string
  default     = "drain"
  nullable    = false

  validation {
    condition     = contains(["drain", "cancel"], var.dataflow_on_delete)
    error_message = "dataflow_on_delete must be drain or cancel."
  }
}

variable "dataflow_private_ips" {
  description = "Whether workers have no public addresses. Requires a dataflow_subnetwork with Private Google Access."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.dataflow_private_ips || var.dataflow_subnetwork != null
    error_message = "dataflow_private_ips requires dataflow_subnetwork: without public addresses, workers reach Google's APIs only through Private Google Access."
  }
}

variable "dataflow_subnetwork" {
  description = "Subnetwork of the workers, such as regions/europe-west2/subnetworks/workers; null for the network named default."
  type        = string
  default     = null

  validation {
    condition = var.dataflow_subnetwork == null || can(regex(
      "(^|/)regions/${var.region}/subnetworks/[a-z][a-z0-9-]*$",
      var.dataflow_subnetwork
    ))
    error_message = "dataflow_subnetwork must look like regions/REGION/subnetworks/NAME, in the region of the jobs."
  }
}

variable "dataflow_template_version" {
  description = "Version of the templates, such as a short hash of their content; also a label of the jobs. They are in dataflow/templates/VERSION of code_bucket; null if there are no jobs."
  type        = string
  default     = null

  validation {
    condition = var.dataflow_template_version == null || can(regex(
      "^[a-z0-9_-]{1,63}$", var.dataflow_template_version
    ))
    error_message = "dataflow_template_version must be a label: 1 to 63 characters of a-z, 0-9, _ and -."
  }
  validation {
    condition = (
      var.window_engine == "bigquery" || var.dataflow_template_version != null
    )
    error_message = "dataflow_template_version must be set, unless window_engine is bigquery: the jobs start from templates."
  }
}

variable "dead_letter_retention" {
  description = "How long Pub/Sub keeps messages that a function could not handle, in seconds followed by s."
  type        = string
  default     = "604800s"
  nullable    = false

  validation {
    condition = (
      can(regex("^[0-9]{1,9}s$", var.dead_letter_retention)) &&
      try(tonumber(trimsuffix(var.dead_letter_retention, "s")) >= 600, false) &&
      try(
        tonumber(trimsuffix(var.dead_letter_retention, "s")) <= 31 * 86400,
        false
      )
    )
    error_message = "dead_letter_retention must be from 600s (10 minutes) to 2678400s (31 days)."
  }
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete the tables and the secret."
  type        = bool
  default     = true
  nullable    = false
}

variable "function_concurrency" {
  description = "Number of messages that one instance of a function handles at a time; always 1 if function_cpu is below 1."
  type        = number
  default     = 80
  nullable    = false

  validation {
    condition = (
      var.function_concurrency >= 1 && var.function_concurrency <= 1000 &&
      floor(var.function_concurrency) == var.function_concurrency
    )
    error_message = "function_concurrency must be a whole number from 1 to 1000."
  }
}

variable "function_cpu" {
  description = "CPUs of an instance of a function: 1, 2, or a fraction such as 0.167, which costs less and suits few symbols."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition = (
      var.function_cpu == 2 ||
      var.function_cpu >= 0.08 && var.function_cpu <= 1 &&
      tonumber(format("%.3f", var.function_cpu)) == var.function_cpu
    )
    error_message = "function_cpu must be 1, 2, or from 0.08 to 1 with at most three decimals."
  }
}

variable "function_max_instances" {
  description = "Maximum number of instances of the function iex-api."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition = (
      var.function_max_instances >= 1 &&
      var.function_max_instances <= 1000 &&
      floor(var.function_max_instances) == var.function_max_instances
    )
    error_message = "function_max_instances must be a whole number from 1 to 1000."
  }
}

variable "function_object" {
  description = "Name of the functions' zip in code_bucket. It ends with the SHA-256 of the content, so that new content has a new name."
  type        = string
  nullable    = false

  validation {
    condition = can(regex(
      "^[A-Za-z0-9][A-Za-z0-9._/-]*[0-9a-f]{64}\\.zip$", var.function_object
    ))
    error_message = "function_object must end with the SHA-256 of its content and .zip."
  }
}

variable "function_runtime" {
  description = "Node.js runtime of the functions."
  type        = string
  default     = "nodejs24"
  nullable    = false

  validation {
    # nodejs20 was decommissioned on 2026-10-30; nodejs22 follows on 2027-10-31:
    # https://cloud.google.com/functions/docs/runtime-support
    condition     = can(regex("^nodejs2[2468]$", var.function_runtime))
    error_message = "function_runtime must be nodejs22 or a later even version: Google has decommissioned the older ones."
  }
}

variable "log_level" {
  description = "Minimum severity that the functions log."
  type        = string
  default     = "info"
  nullable    = false

  validation {
    condition     = contains(["debug", "info", "warning", "error"], var.log_level)
    error_message = "log_level must be debug, info, warning or error."
  }
}

variable "notification_channels" {
  description = "Existing notification channels that receive alerts, in addition to alert_emails."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for channel in var.notification_channels :
      can(regex("^projects/[^/]+/notificationChannels/[0-9]+$", channel))
    ])
    error_message = "notification_channels must look like projects/PROJECT/notificationChannels/123."
  }
}

variable "partition_expiration_days" {
  description = "Number of days after which rows are deleted; 0 keeps them forever. Terraform cannot remove the expiration from an existing table; use bq update."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition = (
      var.partition_expiration_days >= 0 &&
      floor(var.partition_expiration_days) == var.partition_expiration_days
    )
    error_message = "partition_expiration_days must be a whole number, 0 or above."
  }
}

variable "project_id" {
  description = "ID of the project in which everything is created."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must have 6 to 30 characters of a-z, 0-9 and -, start with a letter and not end with -."
  }
}

variable "propagation_seconds" {
  description = "How long to wait after APIs are enabled or roles are granted, until the change is known everywhere."
  type        = number
  default     = 120
  nullable    = false

  validation {
    condition = (
      var.propagation_seconds >= 0 && var.propagation_seconds <= 900 &&
      floor(var.propagation_seconds) == var.propagation_seconds
    )
    error_message = "propagation_seconds must be a whole number from 0 to 900."
  }
}

variable "quote_api_token_version" {
  description = "Version of the secret iex-quote-api-token that the function uses, a number or latest; null if the source needs no token."
  type        = string
  default     = null

  validation {
    condition = (
      var.quote_api_token_version == null ||
      can(regex("^(latest|[1-9][0-9]*)$", var.quote_api_token_version))
    )
    error_message = "quote_api_token_version must be a number or latest."
  }
}

variable "quote_api_url" {
  description = "Base URL of the quote API; empty for the default URL of the source."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition = (
      var.quote_api_url == "" ||
      can(regex("^https://[^\\s/?#@]+(/[^\\s?#]*)?$", var.quote_api_url))
    )
    error_message = "quote_api_url must start with https:// and have no credentials, query or fragment."
  }
}

variable "quote_source" {
  description = "Quote API: alpaca, finnhub, iex, tiingo or twelve-data."
  type        = string
  default     = "alpaca"
  nullable    = false

  validation {
    condition     = contains(keys(local.quote_sources), var.quote_source)
    error_message = "quote_source must be one of ${join(", ", keys(local.quote_sources))}."
  }
}

variable "readers" {
  description = "Members that may read the dataset, such as group:analysts@example.com; never the public."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for member in var.readers :
      can(regex("^(user|group|serviceAccount):[^\\s@]+@[^\\s@]+$", member))
    ])
    error_message = "readers must be user:, group: or serviceAccount: followed by an e-mail address."
  }
}

variable "region" {
  description = "Region of all resources. Messages, rows and workers stay in it."
  type        = string
  default     = "europe-west2"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", var.region))
    error_message = "region must be a single region, such as europe-west2."
  }
}

variable "resolutions" {
  description = "Lengths of the sliding windows in minutes; set in resolutions.auto.tfvars.json."
  type        = list(number)
  nullable    = false

  validation {
    condition = (
      length(var.resolutions) > 0 &&
      length(toset(var.resolutions)) == length(var.resolutions) &&
      alltrue([
        for minutes in var.resolutions :
        minutes >= 1 && minutes <= 1440 && floor(minutes) == minutes
      ])
    )
    error_message = "resolutions must be distinct whole numbers from 1 to 1440."
  }
}

variable "symbols" {
  description = "Ticker symbols of the stocks to follow; set in symbols.auto.tfvars.json."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.symbols) > 0 && length(var.symbols) <= 10000
    error_message = "symbols must have from 1 to 10,000 entries."
  }
  validation {
    # The same rule as in packages/contract/src/tickers.ts: printable ASCII without comma.
    # For all symbols at once, because Terraform needs seconds for ten thousand regexes.
    condition = !strcontains(join("", var.symbols), ",") && can(regex(
      "^([A-Za-z0-9^][\\x21-\\x2b\\x2d-\\x7e]{0,31},)*$",
      join("", formatlist("%s,", var.symbols))
    ))
    error_message = "symbols must start with a letter, a digit or ^ and have at most 32 printable ASCII characters without space and comma."
  }
  validation {
    condition = (
      length({ for symbol in var.symbols : lower(symbol) => symbol... })
      == length(var.symbols)
    )
    error_message = "symbols must differ in more than upper and lower case."
  }
}

variable "tickers_per_message" {
  description = "Number of symbols in one message of iex-ingest; null for as many as one request to the quote API may have, or for all of them if function_cpu is below 1."
  type        = number
  default     = null

  validation {
    condition = var.tickers_per_message == null || try(
      var.tickers_per_message >= 1 &&
      var.tickers_per_message <= local.max_tickers_per_message &&
      floor(var.tickers_per_message) == var.tickers_per_message,
      false
    )
    error_message = "tickers_per_message must be a whole number from 1 to ${local.max_tickers_per_message}."
  }
}

variable "window_engine" {
  description = "What computes the windows. dataflow: jobs, which write a row for each quote and window; bigquery: views of the quotes, which Pub/Sub writes without workers, for a few dollars a month; both: jobs and quotes, to switch from one to the other (docs/deployment.md)."
  type        = string
  default     = "dataflow"
  nullable    = false

  validation {
    condition     = contains(["dataflow", "bigquery", "both"], var.window_engine)
    error_message = "window_engine must be dataflow, bigquery or both."
  }
}
