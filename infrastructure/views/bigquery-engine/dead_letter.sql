-- The rows that the other engine writes into the table iex.dead_letter: messages
-- that BigQuery could not write into the table tick, whole, and ticks that break
-- a rule, of which only the columns are known.
SELECT
  COALESCE(SAFE_CAST(data AS STRING), TO_BASE64(data), '') AS payload,
  COALESCE(
    JSON_VALUE(attributes, '$.CloudPubSubDeadLetterSourceDeliveryErrorMessage'),
    'BigQuery could not write it'
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
  CONCAT(
    '{"symbol":',
    TO_JSON_STRING(symbol),
    ',"latest_price":',
    TO_JSON_STRING(latest_price),
    CASE
      WHEN event_time IS NULL THEN ''
      ELSE CONCAT(',"event_time":', TO_JSON_STRING(event_time))
    END,
    '}'
  ) AS payload,
  reason,
  'validate' AS stage,
  publish_time AS dead_letter_time
FROM ${tick_refused_view}
