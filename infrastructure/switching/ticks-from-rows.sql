-- To let BigQuery compute the windows: makes ticks of the rows that the jobs have
-- written, for the quotes that iex.tick does not have. A row does not have the ID
-- of its quote, so the ticks are known by what identifies a quote: symbol, event
-- time and price. To run it again changes nothing.
INSERT INTO iex.tick
  (symbol, latest_price, event_time, publish_time, message_id, attributes)
SELECT
  quotes.symbol,
  quotes.latest_price,
  quotes.event_time,
  quotes.event_time AS publish_time,
  CONCAT(
    'iex.quote:', quotes.symbol,
    ':', CAST(quotes.event_time AS STRING),
    ':', CAST(quotes.latest_price AS STRING)
  ) AS message_id,
  '{}' AS attributes
FROM (
  SELECT DISTINCT symbol, latest_price, event_time
  FROM iex.quote
  -- The table requires a condition.
  WHERE window_end > TIMESTAMP '1970-01-01 00:00:00+00'
) AS quotes
LEFT JOIN (
  SELECT DISTINCT
    symbol,
    latest_price,
    -- Without an event time the publish time counts, in milliseconds.
    COALESCE(event_time, TIMESTAMP_MILLIS(UNIX_MILLIS(publish_time))) AS event_time
  FROM iex.tick
) AS ticks
  ON ticks.symbol = quotes.symbol
    AND ticks.latest_price = quotes.latest_price
    AND ticks.event_time = quotes.event_time
WHERE ticks.symbol IS NULL
