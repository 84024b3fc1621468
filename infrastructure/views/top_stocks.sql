-- The three stocks with the highest mean price in each closed window, latest
-- window first. Equal means share a rank, so a window may list more than three.
--
-- A quote counts once, even if a delivery was repeated and its row is there
-- twice: it is known by its symbol, event time and price.
--
-- The result must not depend on the order in which rows are added up. So prices
-- are added as decimals, exactly; and means are ranked by 12 significant
-- digits, because equal means of different sums differ in their last bits.
WITH quotes AS (
  SELECT DISTINCT
    resolution_minutes,
    window_end,
    symbol,
    event_time,
    latest_price
  FROM ${quote_table}
  WHERE window_end < CURRENT_TIMESTAMP
),
means AS (
  SELECT
    resolution_minutes,
    window_end,
    symbol,
    -- In billionths, so that NUMERIC's 9 decimals are 18. POW() is FLOAT64 in
    -- both dialects, and so is what is divided by it.
    SUM(CAST(latest_price * POW(10, 9) AS NUMERIC(38, 9)))
      / POW(10, 9) / COUNT(*) AS mean_price
  FROM quotes
  GROUP BY resolution_minutes, window_end, symbol
),
scaled AS (
  SELECT
    resolution_minutes,
    window_end,
    symbol,
    mean_price,
    -- Moves the decimal point behind the twelfth digit. Zero has no logarithm.
    POW(10, 11 - FLOOR(LOG10(GREATEST(mean_price, 1e-30)))) AS scale
  FROM means
),
ranked AS (
  SELECT
    resolution_minutes,
    window_end,
    symbol,
    mean_price,
    RANK() OVER (
      PARTITION BY resolution_minutes, window_end
      ORDER BY ROUND(mean_price * scale) / scale DESC
    ) AS value_rank
  FROM scaled
)
SELECT resolution_minutes, window_end, symbol, mean_price, value_rank
FROM ranked
WHERE value_rank <= 3
ORDER BY window_end DESC, resolution_minutes, value_rank, symbol
