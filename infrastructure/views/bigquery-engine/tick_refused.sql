-- The ticks that the pipeline would refuse. This is a materialized view, so that
-- nobody has to read all ticks to find the few bad ones.
SELECT symbol, latest_price, event_time, publish_time, ${refusal} AS reason
FROM ${tick_table}
WHERE ${refusal} != ''
