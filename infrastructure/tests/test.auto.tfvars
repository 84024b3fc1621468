alert_emails              = ["oncall@example.com"]
code_bucket               = "test-project-code"
dataflow_template_version = "0a1b2c"
function_object           = "function/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.zip"
project_id                = "test-project"
propagation_seconds       = 0
quote_api_token_version   = "1"
