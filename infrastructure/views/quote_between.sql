-- The rows of all windows that end between two times, both inclusive.
SELECT symbol, latest_price, window_end, event_time, resolution_minutes
FROM ${quote_table}
WHERE window_end >= ${window_from} AND window_end <= ${window_to}
