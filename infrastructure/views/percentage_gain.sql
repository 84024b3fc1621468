-- What each stock gained in each closed window, in percent: from its first
-- price to its last, by event time. Of quotes with the same event time the
-- lowest price counts as the earliest and the highest as the latest; a row that
-- is there twice changes nothing.
--
-- The gain is NULL if the division would fail or overflow: BigQuery would fail
-- the whole query.
WITH closed AS (
  SELECT
    resolution_minutes,
    window_end,
    symbol,
    latest_price,
    event_time,
    MIN(event_time) OVER (
      PARTITION BY resolution_minutes, window_end, symbol
    ) AS first_time,
    MAX(event_time) OVER (
      PARTITION BY resolution_minutes, window_end, symbol
    ) AS last_time
  FROM ${quote_table}
  WHERE window_end < CURRENT_TIMESTAMP
),
ends AS (
  SELECT
    resolution_minutes,
    window_end,
    symbol,
    MIN(CASE WHEN event_time = first_time THEN latest_price END) AS first_price,
    MAX(CASE WHEN event_time = last_time THEN latest_price END) AS last_price
  FROM closed
  GROUP BY resolution_minutes, window_end, symbol
)
SELECT
  resolution_minutes,
  window_end,
  symbol,
  first_price,
  last_price,
  CASE
    WHEN first_price > 1e-100 AND last_price < 1e100
      THEN 100 * (last_price - first_price) / first_price
  END AS percentage_gain
FROM ends
ORDER BY window_end DESC, resolution_minutes, percentage_gain DESC, symbol
