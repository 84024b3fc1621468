-- One row for each quote and each sliding window that contains it, as the table
-- iex.quote of the other engine has them, for all windows that end between two
-- times, both inclusive.
--
-- Each of the two reads has a condition on event_time, by which BigQuery finds
-- the partitions to read; in a COALESCE or an OR it would not. They begin
-- ${lookback_minutes} min early, because a window is up to ${longest_minutes} min long, and end ${repeat_minutes} min late:
-- deliveries of one quote are recognised if they are up to ${repeat_minutes} min apart.
WITH deliveries AS (
  SELECT symbol, latest_price, event_time, publish_time, message_id, attributes
  FROM ${tick_table}
  WHERE event_time < TIMESTAMP_ADD(${window_to}, INTERVAL ${repeat_minutes} MINUTE)
    AND event_time >= TIMESTAMP_SUB(${window_from}, INTERVAL ${lookback_minutes} MINUTE)
  UNION ALL
  SELECT
    symbol,
    latest_price,
    -- Whole milliseconds, in which Beam has publish times.
    TIMESTAMP_MILLIS(UNIX_MILLIS(publish_time)) AS event_time,
    publish_time,
    message_id,
    attributes
  FROM ${tick_table}
  WHERE event_time IS NULL
    AND publish_time < TIMESTAMP_ADD(${window_to}, INTERVAL ${repeat_minutes} MINUTE)
    AND publish_time >= TIMESTAMP_SUB(${window_from}, INTERVAL ${lookback_minutes} MINUTE)
),
numbered AS (
  SELECT
    symbol,
    latest_price,
    event_time,
    ROW_NUMBER() OVER (
      PARTITION BY COALESCE(
        NULLIF(JSON_VALUE(attributes, '$.quote_id'), ''), CONCAT('message:', message_id)
      )
      ORDER BY publish_time, message_id
    ) AS delivery
  FROM deliveries
),
quotes AS (
  SELECT
    symbol,
    latest_price,
    event_time,
    -- The end of the first window, which is after the quote.
    TIMESTAMP_SECONDS(
      UNIX_SECONDS(event_time)
        - MOD(UNIX_SECONDS(event_time) - ${offset_seconds}, ${period_seconds})
        + ${period_seconds}
    ) AS first_end
  FROM numbered
  WHERE delivery = 1 AND ${refusal} = ''
)
SELECT symbol, latest_price, window_end, event_time, resolution_minutes
FROM quotes
CROSS JOIN UNNEST([${resolutions}]) AS resolution_minutes
CROSS JOIN UNNEST(
  GENERATE_TIMESTAMP_ARRAY(
    first_end,
    TIMESTAMP_ADD(first_end, INTERVAL (60 * resolution_minutes - ${period_seconds}) SECOND),
    INTERVAL ${period_seconds} SECOND
  )
) AS window_end
WHERE window_end >= ${window_from} AND window_end <= ${window_to}
