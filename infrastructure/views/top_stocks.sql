-- The three stocks with the highest mean price in each closed window, latest
-- window first. Equal means share a rank, so a window may list more than three.
--
-- The rank compares means rounded to 8 decimals: a sum of floating-point
-- numbers depends on the order of addition, and must not decide a tie.
WITH mean AS (
  SELECT
    resolution_minutes,
    window_end,
    symbol,
    AVG(latest_price) AS mean_price
  FROM ${quote_table}
  WHERE window_end < CURRENT_TIMESTAMP
  GROUP BY resolution_minutes, window_end, symbol
),
ranked AS (
  SELECT
    resolution_minutes,
    window_end,
    symbol,
    mean_price,
    RANK() OVER (
      PARTITION BY resolution_minutes, window_end
      ORDER BY ROUND(mean_price, 8) DESC
    ) AS value_rank
  FROM mean
)
SELECT resolution_minutes, window_end, symbol, mean_price, value_rank
FROM ranked
WHERE value_rank <= 3
ORDER BY window_end DESC, resolution_minutes, value_rank, symbol
