/**
 * The queries, in SQL that BigQuery and DuckDB share except for the sign before a parameter's name,
 * which is BigQuery's `@` here. Each bounds `window_end` with constants, so that BigQuery reads
 * only the partitions of those days and DuckDB only the row groups of that time.
 *
 * @param dataset what qualifies the names of tables and views
 */
export function marketDataQueries(dataset: string) {
  return {
    /**
     * The newest closed window of a resolution that has rows, between two times: `windowEnd`, or
     * null.
     */
    newestWindowEnd: `
      SELECT MAX(window_end) AS windowEnd
      FROM ${dataset}.quote
      WHERE resolution_minutes = @resolutionMinutes AND window_end >= @from AND window_end < @to`,

    /** All stocks of a window, with their ranks in it and in the one before. */
    stocksOfWindow: `
      SELECT
        gain.symbol AS symbol,
        gain.last_price AS price,
        gain.percentage_gain AS percentageGain,
        ranked.mean_price AS meanPrice,
        ranked.value_rank AS rank,
        ranked_before.value_rank AS previousRank
      FROM (
        SELECT symbol, last_price, percentage_gain
        FROM ${dataset}.percentage_gain
        WHERE resolution_minutes = @resolutionMinutes AND window_end = @windowEnd
      ) AS gain
      LEFT JOIN (
        SELECT symbol, mean_price, value_rank
        FROM ${dataset}.top_stocks
        WHERE resolution_minutes = @resolutionMinutes AND window_end = @windowEnd
      ) AS ranked ON ranked.symbol = gain.symbol
      LEFT JOIN (
        SELECT symbol, value_rank
        FROM ${dataset}.top_stocks
        WHERE resolution_minutes = @resolutionMinutes AND window_end = @windowBefore
      ) AS ranked_before ON ranked_before.symbol = gain.symbol
      ORDER BY symbol`,

    /** The last price of each stock in each of some windows, which lie between two times. */
    lastPrices: `
      SELECT symbol, window_end AS windowEnd, MAX_BY(latest_price, event_time) AS price
      FROM ${dataset}.quote
      WHERE resolution_minutes = @resolutionMinutes
        AND window_end >= @from AND window_end <= @to
        AND window_end IN (SELECT * FROM UNNEST(@windowEnds))
      GROUP BY symbol, windowEnd`,

    /**
     * The prices of a stock; of several with the same event time the highest, which the views count
     * as the latest.
     */
    prices: `
      SELECT event_time AS time, MAX(latest_price) AS price
      FROM ${dataset}.quote
      WHERE resolution_minutes = @resolutionMinutes AND symbol = @symbol AND window_end > @from
        AND event_time >= @from
      GROUP BY time
      ORDER BY time`,

    /** The newest quote since a window, and how many that window has, a repeated row once. */
    activity: `
      SELECT
        MAX(event_time) AS newestQuote,
        SUM(CASE WHEN window_end = @windowEnd THEN 1 ELSE 0 END) AS quotesInWindow
      FROM (
        SELECT DISTINCT window_end, symbol, event_time, latest_price
        FROM ${dataset}.quote
        WHERE resolution_minutes = @resolutionMinutes AND window_end >= @windowEnd
      ) AS quotes`,

    /**
     * The newest dead letters since a time, identical ones grouped, with the counts of all since
     * then and since a later time.
     */
    deadLetters: `
      SELECT
        payload,
        reason,
        stage,
        MAX(dead_letter_time) AS time,
        COUNT(*) AS count,
        SUM(COUNT(*)) OVER () AS lastDay,
        SUM(SUM(CASE WHEN dead_letter_time >= @hourAgo THEN 1 ELSE 0 END)) OVER () AS lastHour
      FROM (
        SELECT SUBSTR(payload, 1, 2000) AS payload, reason, stage, dead_letter_time
        FROM ${dataset}.dead_letter
        WHERE dead_letter_time >= @dayAgo
      ) AS refused
      GROUP BY payload, reason, stage
      ORDER BY time DESC, payload, reason
      LIMIT 20`,
  };
}
