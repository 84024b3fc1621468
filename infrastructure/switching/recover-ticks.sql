-- After BigQuery has refused everything for a while, for example because a role
-- was missing: copies the valid quotes from the dead letters into iex.tick, with
-- their publish time and their IDs. They stay in iex.tick_dead_letter too. To run
-- it again changes nothing.
INSERT INTO iex.tick
  (symbol, latest_price, event_time, publish_time, message_id, attributes)
SELECT
  JSON_VALUE(letters.text, '$.symbol') AS symbol,
  SAFE_CAST(JSON_VALUE(letters.text, '$.latest_price') AS FLOAT64)
    AS latest_price,
  SAFE_CAST(JSON_VALUE(letters.text, '$.event_time') AS TIMESTAMP)
    AS event_time,
  COALESCE(
    SAFE_CAST(
      JSON_VALUE(
        letters.attributes, '$.CloudPubSubDeadLetterSourceTopicPublishTime'
      ) AS TIMESTAMP
    ),
    letters.publish_time
  ) AS publish_time,
  letters.message_id,
  letters.attributes
FROM (
  SELECT SAFE_CAST(data AS STRING) AS text, attributes, publish_time, message_id
  FROM iex.tick_dead_letter
) AS letters
LEFT JOIN (
  SELECT DISTINCT message_id FROM iex.tick
) AS present
  ON present.message_id = letters.message_id
WHERE present.message_id IS NULL
  -- A text and a number; and a time, if there is one.
  AND STARTS_WITH(JSON_QUERY(letters.text, '$.symbol'), '"')
  AND NOT STARTS_WITH(JSON_QUERY(letters.text, '$.latest_price'), '"')
  AND SAFE_CAST(JSON_VALUE(letters.text, '$.latest_price') AS FLOAT64) IS NOT NULL
  AND (
    JSON_VALUE(letters.text, '$.event_time') IS NULL
    OR SAFE_CAST(JSON_VALUE(letters.text, '$.event_time') AS TIMESTAMP) IS NOT NULL
  )
