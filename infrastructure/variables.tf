variable "alarm_mode" {
  description = "fan_out: one alarm that carries all symbols; per_symbol: one alarm for each symbol, which skips the fan-out."
  type        = string
  default     = "fan_out"
  nullable    = false

  validation {
    condition     = contains(["fan_out", "per_symbol"], var.alarm_mode)
    error_message = "alarm_mode must be fan_out or per_symbol."
  }
}

variable "alarm_schedule" {
  description = "When the alarms fire, in cron format. Every minute of the hours that are wanted: an alarm is for the minute that follows it."
  type        = string
  default     = "* * * * *"
  nullable    = false

  validation {
    condition     = can(regex("^\\*( [0-9A-Za-z*/,-]+){4}$", var.alarm_schedule))
    error_message = "alarm_schedule must have five fields, the first of them *."
  }
}

variable "alarm_time_zone" {
  description = "Time zone of alarm_schedule, as in the tz database."
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
  description = "Addresses that alerts and the budget write to."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for email in var.alert_emails :
      can(regex("^[^\\s@]+@[^\\s@.]+(\\.[^\\s@.]+)+$", email))
    ])
    error_message = "alert_emails must be email addresses."
  }
}

variable "alert_thresholds" {
  description = "Above what an alert fires. backlog_messages is by default what ten minutes bring, 1,000 at least."
  type = object({
    backlog_messages           = optional(number)
    data_freshness_seconds     = optional(number, 300)
    function_error_ratio       = optional(number, 0.05)
    oldest_message_age_seconds = optional(number, 300)
    system_lag_seconds         = optional(number, 120)
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
    condition     = var.alert_thresholds.function_error_ratio < 1
    error_message = "alert_thresholds.function_error_ratio must be below 1."
  }
}

variable "budget" {
  description = "A monthly budget for the project, which warns at 50, 90 and 100 % and when 100 % are forecast; null for none. The currency is the billing account's."
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
  description = "Bucket of the functions' zip and the Dataflow templates, made by bootstrap/bootstrap.mjs."
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
  description = "per_resolution: a job for each resolution, as the original; single: one job with a branch for each, which costs less for few symbols."
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
  description = "Most workers that a Dataflow job may have."
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
  description = "What becomes of a job that is replaced or destroyed. drain: it finishes what it has read; cancel: it stops at once."
  type        = string
  default     = "drain"
  nullable    = false

  validation {
    condition     = contains(["drain", "cancel"], var.dataflow_on_delete)
    error_message = "dataflow_on_delete must be drain or cancel."
  }
}

variable "dataflow_private_ips" {
  description = "Gives workers no public addresses. Wants dataflow_subnetwork with Private Google Access."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.dataflow_private_ips || var.dataflow_subnetwork != null
    error_message = "dataflow_private_ips wants dataflow_subnetwork: workers reach Google's APIs only through Private Google Access."
  }
}

variable "dataflow_subnetwork" {
  description = "Subnetwork of the workers, such as regions/europe-west2/subnetworks/workers; null for the network default."
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
  description = "Version of the Dataflow templates, such as a short hash of their content; also a label of the jobs. They are in dataflow/templates/VERSION of code_bucket."
  type        = string
  nullable    = false

  validation {
    condition = can(regex(
      "^[a-z0-9_-]{1,63}$", var.dataflow_template_version
    ))
    error_message = "dataflow_template_version must be a label: 1 to 63 of a-z, 0-9, _ and -."
  }
}

variable "dead_letter_retention" {
  description = "How long Pub/Sub keeps what a function could not handle, in seconds with an s."
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
  description = "Keeps Terraform from deleting the tables and the secret."
  type        = bool
  default     = true
  nullable    = false
}

variable "function_concurrency" {
  description = "Messages that one instance of a function handles at a time."
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

variable "function_max_instances" {
  description = "Most instances of the function iex-api."
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
  description = "Object of the functions' zip in code_bucket. Its name ends with the SHA-256 of its content, so that new content is a new name."
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
  default     = "nodejs22"
  nullable    = false

  validation {
    condition     = can(regex("^nodejs(2[02468])$", var.function_runtime))
    error_message = "function_runtime must be nodejs20 or a later even version."
  }
}

variable "log_level" {
  description = "Lowest severity that the functions log."
  type        = string
  default     = "info"
  nullable    = false

  validation {
    condition     = contains(["debug", "info", "warning", "error"], var.log_level)
    error_message = "log_level must be debug, info, warning or error."
  }
}

variable "notification_channels" {
  description = "Existing channels that alerts and the budget notify, besides alert_emails."
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
  description = "Days after which a day's rows are deleted; 0 keeps them for ever. From a table that has an expiry, Terraform does not take it away: use bq update."
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
  description = "Id of the project that everything is created in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be 6 to 30 of a-z, 0-9 and -, beginning with a letter."
  }
}

variable "quote_api_token_version" {
  description = "Version of the secret iex-quote-api-token that the function uses, a number or latest; null where the source wants no token."
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
  description = "Base URL of the quote API, where it is not the source's own."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition = (
      var.quote_api_url == "" ||
      can(regex("^https://[^\\s/?#@]+(/[^\\s?#]*)?$", var.quote_api_url))
    )
    error_message = "quote_api_url must begin with https:// and have no credentials, query or fragment."
  }
}

variable "quote_source" {
  description = "The quote API: alpaca, finnhub, iex, tiingo or twelve-data."
  type        = string
  default     = "alpaca"
  nullable    = false

  validation {
    condition = contains(
      ["alpaca", "finnhub", "iex", "tiingo", "twelve-data"], var.quote_source
    )
    error_message = "quote_source must be alpaca, finnhub, iex, tiingo or twelve-data."
  }
}

variable "readers" {
  description = "Who may read the data set, such as group:analysts@example.com. Never the public."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for member in var.readers :
      can(regex("^(user|group|serviceAccount):[^\\s@]+@[^\\s@]+$", member))
    ])
    error_message = "readers must be user:, group: or serviceAccount: and an email address."
  }
}

variable "region" {
  description = "Region of everything: messages, rows and workers stay in it."
  type        = string
  default     = "europe-west2"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", var.region))
    error_message = "region must be a single region, such as europe-west2."
  }
}

variable "resolutions" {
  description = "Lengths of the sliding windows, in minutes; in resolutions.auto.tfvars.json."
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
  description = "The stocks to follow, by their ticker symbols; in symbols.auto.tfvars.json."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.symbols) > 0 && length(var.symbols) <= 10000
    error_message = "symbols must be 1 to 10,000."
  }
  validation {
    # As function/src/tickers.ts has it: printable ASCII without the comma.
    condition = alltrue([
      for symbol in var.symbols :
      can(regex("^[A-Za-z0-9][\\x21-\\x2b\\x2d-\\x7e]{0,31}$", symbol))
    ])
    error_message = "symbols must begin with a letter or digit and have at most 32 characters, no space or comma."
  }
  validation {
    condition = (
      length(toset([for symbol in var.symbols : lower(symbol)]))
      == length(var.symbols)
    )
    error_message = "symbols must differ, not only in upper and lower case."
  }
}

variable "tickers_per_message" {
  description = "Symbols that one message of iex-ingest carries, so that one request can ask for many."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition = (
      var.tickers_per_message >= 1 && var.tickers_per_message <= 9999 &&
      floor(var.tickers_per_message) == var.tickers_per_message
    )
    error_message = "tickers_per_message must be a whole number from 1 to 9999."
  }
}
