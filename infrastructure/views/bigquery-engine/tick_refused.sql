-- The ticks that the pipeline would refuse: a materialized view, so that finding
-- the few bad ones does not read all the others.
SELECT symbol, latest_price, event_time, publish_time, ${refusal} AS reason
FROM ${tick_table}
WHERE ${refusal} != ''
