-- To let BigQuery compute the windows: keeps the messages that the pipeline
-- rejected before there were ticks. Those after it are kept by both engines. To
-- run it again changes nothing.
INSERT INTO iex.tick_dead_letter (publish_time, data, attributes)
SELECT
  rejected.dead_letter_time AS publish_time,
  CAST(rejected.payload AS BYTES) AS data,
  CONCAT(
    '{"CloudPubSubDeadLetterSourceDeliveryErrorMessage":',
    TO_JSON_STRING(rejected.reason),
    '}'
  ) AS attributes
FROM iex.dead_letter AS rejected
LEFT JOIN iex.tick_dead_letter AS present
  ON present.publish_time = rejected.dead_letter_time
    AND present.data = CAST(rejected.payload AS BYTES)
WHERE present.publish_time IS NULL
  AND rejected.dead_letter_time < (
    -- Only Pub/Sub writes the name of a subscription.
    SELECT MIN(publish_time) FROM iex.tick WHERE subscription_name IS NOT NULL
  )
