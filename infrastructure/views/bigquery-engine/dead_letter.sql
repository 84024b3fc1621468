-- What the table iex.dead_letter of the other engine has: messages that BigQuery
-- could not write to the table tick, and ticks that break a rule. Of a tick only
-- the columns are known.
SELECT
  COALESCE(SAFE_CAST(data AS STRING), TO_BASE64(data), '') AS payload,
  COALESCE(
    JSON_VALUE(attributes, '$.CloudPubSubDeadLetterSourceDeliveryErrorMessage'),
    'could not be written to the table tick'
  ) AS reason,
  CASE
    WHEN SAFE_CAST(data AS STRING) IS NULL THEN 'decode'
    WHEN SAFE.PARSE_JSON(SAFE_CAST(data AS STRING), wide_number_mode => 'round') IS NULL
      THEN 'parse'
    ELSE 'validate'
  END AS stage,
  publish_time AS dead_letter_time
FROM ${tick_dead_letter_table}
UNION ALL
SELECT
  TO_JSON_STRING(STRUCT(symbol, latest_price, event_time)) AS payload,
  reason,
  'validate' AS stage,
  publish_time AS dead_letter_time
FROM ${tick_refused_view}
