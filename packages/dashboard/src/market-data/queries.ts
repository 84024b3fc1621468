/** What has a column `window_end`. */
type WindowedView = 'quote' | 'top_stocks' | 'percentage_gain';

/**
 * Makes SQL that stands for a table: the rows of the windows that end between two times, both
 * inclusive, which are given as SQL.
 */
export type Between = (view: WindowedView, from: string, to: string) => string;

/**
 * The queries, in SQL that BigQuery and DuckDB share except for the sign before a parameter's name,
 * which is BigQuery's `@` here. Each bounds the windows with constants, so that BigQuery reads only
 * the partitions of those days and DuckDB only the row groups of that time.
 *
 * @param dataset what qualifies the name of the table or view of dead letters
 */
export function marketDataQueries(dataset: string, between: Between) {
  return {
    /**
     * The newest closed window of a resolution that has rows, between two times: `windowEnd`, or
     * null.
     */
    newestWindowEnd: `
      SELECT MAX(window_end) AS windowEnd
      FROM ${between('quote', '@from', '@to')} AS quotes
      WHERE resolution_minutes = @resolutionMinutes AND window_end < @to`,

    /** All stocks of a window, with their ranks in it and in the one before. */
    stocksOfWindow: `
      SELECT
        gain.symbol AS symbol,
        gain.last_price AS price,
        gain.percentage_gain AS percentageGain,
        ranked.mean_price AS meanPrice,
        ranked.value_rank AS rank,
        ranked.previous_rank AS previousRank
      FROM (
        SELECT symbol, last_price, percentage_gain
        FROM ${between('percentage_gain', '@windowEnd', '@windowEnd')} AS gains
        WHERE resolution_minutes = @resolutionMinutes
      ) AS gain
      LEFT JOIN (
        SELECT
          symbol,
          MAX(CASE WHEN window_end = @windowEnd THEN mean_price END) AS mean_price,
          MAX(CASE WHEN window_end = @windowEnd THEN value_rank END) AS value_rank,
          MAX(CASE WHEN window_end = @windowBefore THEN value_rank END) AS previous_rank
        FROM ${between('top_stocks', '@windowBefore', '@windowEnd')} AS top
        WHERE resolution_minutes = @resolutionMinutes
        GROUP BY symbol
      ) AS ranked ON ranked.symbol = gain.symbol
      ORDER BY symbol`,

    /** The last price of each stock in each of some windows, which lie between two times. */
    lastPrices: `
      SELECT symbol, window_end AS windowEnd, MAX_BY(latest_price, event_time) AS price
      FROM ${between('quote', '@from', '@to')} AS quotes
      WHERE resolution_minutes = @resolutionMinutes
        AND window_end IN (SELECT * FROM UNNEST(@windowEnds))
      GROUP BY symbol, windowEnd`,

    /**
     * The prices of a stock; of several with the same event time the highest, which the views count
     * as the latest.
     */
    prices: `
      SELECT event_time AS time, MAX(latest_price) AS price
      FROM ${between('quote', '@from', '@to')} AS quotes
      WHERE resolution_minutes = @resolutionMinutes AND symbol = @symbol AND event_time >= @from
      GROUP BY time
      ORDER BY time`,

    /** The newest quote since a window, and how many that window has, a repeated row once. */
    activity: `
      SELECT
        MAX(event_time) AS newestQuote,
        SUM(CASE WHEN window_end = @windowEnd THEN 1 ELSE 0 END) AS quotesInWindow
      FROM (
        SELECT DISTINCT window_end, symbol, event_time, latest_price
        FROM ${between('quote', '@windowEnd', '@to')} AS all_quotes
        WHERE resolution_minutes = @resolutionMinutes
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
