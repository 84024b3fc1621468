-- To let Dataflow write the windows: makes the rows of the ticks that are older
-- than the jobs, as far as the jobs have not written them. What is younger than
-- 15 minutes is left to the jobs. To run it again changes nothing.
--
-- With thousands of symbols, run it for one day at a time: change the two times.
INSERT INTO iex.quote
  (symbol, latest_price, window_end, event_time, resolution_minutes)
SELECT
  made.symbol,
  made.latest_price,
  made.window_end,
  made.event_time,
  made.resolution_minutes
FROM iex.quote_of_ticks_between(
  TIMESTAMP '1970-01-02 00:00:00+00', TIMESTAMP '2200-01-02 00:00:00+00'
) AS made
LEFT JOIN (
  SELECT DISTINCT
    symbol,
    latest_price,
    window_end,
    event_time,
    resolution_minutes
  FROM iex.quote
  WHERE window_end > TIMESTAMP '1970-01-01 00:00:00+00'
) AS present
  ON present.symbol = made.symbol
    AND present.latest_price = made.latest_price
    AND present.window_end = made.window_end
    AND present.event_time = made.event_time
    AND present.resolution_minutes = made.resolution_minutes
WHERE present.symbol IS NULL
  AND made.event_time < TIMESTAMP_SUB(CURRENT_TIMESTAMP, INTERVAL 15 MINUTE)
