-- One row for each quote and each sliding window that contains it, as the table
-- iex.quote of the other engine has them, for all windows that end between two
-- times, both inclusive.
--
-- Each read of the table has a condition on event_time that BigQuery can apply
-- to whole partitions; a COALESCE or an OR would hide it. Windows are at most
-- ${longest_minutes} min long, and a repeated delivery may be up to
-- ${repeat_minutes} min newer than the first one.
WITH deliveries AS (
  SELECT symbol, latest_price, event_time, publish_time, message_id, attributes
  FROM ${tick_table}
  WHERE event_time < ${window_to}
    AND event_time >= TIMESTAMP_SUB(
      ${window_from}, INTERVAL ${lookback_minutes} MINUTE
    )
  UNION ALL
  -- Beam has publish times in milliseconds.
  SELECT
    symbol,
    latest_price,
    TIMESTAMP_TRUNC(publish_time, MILLISECOND) AS event_time,
    publish_time,
    message_id,
    attributes
  FROM ${tick_table}
  WHERE event_time IS NULL
    AND publish_time < ${window_to}
    AND publish_time >= TIMESTAMP_SUB(
      ${window_from}, INTERVAL ${lookback_minutes} MINUTE
    )
),
quotes AS (
  SELECT
    symbol,
    latest_price,
    event_time,
    -- The smallest end of a window after the quote.
    TIMESTAMP_SECONDS(
      UNIX_SECONDS(event_time)
        - MOD(UNIX_SECONDS(event_time) - ${offset_seconds}, ${period_seconds})
        + ${period_seconds}
    ) AS first_end
  FROM (
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
  )
  WHERE delivery = 1 AND ${refusal} = ''
)
SELECT symbol, latest_price, window_end, event_time, resolution_minutes
FROM quotes
CROSS JOIN UNNEST([${resolutions}]) AS resolution_minutes
CROSS JOIN UNNEST(
  GENERATE_TIMESTAMP_ARRAY(
    first_end,
    TIMESTAMP_ADD(first_end, INTERVAL 60 * resolution_minutes - ${period_seconds} SECOND),
    INTERVAL ${period_seconds} SECOND
  )
) AS window_end
WHERE window_end >= ${window_from} AND window_end <= ${window_to}
