import { readFileSync } from 'node:fs';
import { resolutions } from 'iex-contract/infrastructure';

const INFRASTRUCTURE = new URL('../../../infrastructure/', import.meta.url);

const read = (path: string) => readFileSync(new URL(path, INFRASTRUCTURE), 'utf8');

/** The constants of the queries, which Terraform reads too. */
export const rules: Record<string, string | number> = JSON.parse(read('quote-rules.json'));

/** How the SQL names what it reads. */
export interface Names {
  tick: string;
  tickDeadLetter: string;
  tickRefused: string;
}

/** Renders a query as Terraform's `templatefile` does, which also refuses a missing variable. */
function render(path: string, variables: Record<string, string | number>): string {
  return read(`views/${path}`).replace(/\$\{(\w+)\}/g, (_, name: string) => {
    if (!(name in variables)) throw new Error(`${path}: no variable ${name}`);
    return String(variables[name]);
  });
}

/** The queries of the window engine in BigQuery. */
export function engineQueries({ tick, tickDeadLetter, tickRefused }: Names) {
  const longest = Math.max(...resolutions);
  const variables = {
    ...rules,
    resolutions: resolutions.join(', '),
    longest_minutes: longest,
    lookback_minutes: longest + Number(rules.repeat_minutes),
    tick_table: tick,
    tick_dead_letter_table: tickDeadLetter,
    tick_refused_view: tickRefused,
    refusal: render('bigquery-engine/refusal.sql', rules).trim(),
  };
  const quote = (window_from: string, window_to: string) =>
    render('bigquery-engine/quote.sql', { ...variables, window_from, window_to });
  return {
    tickRefused: render('bigquery-engine/tick_refused.sql', variables),
    deadLetter: render('bigquery-engine/dead_letter.sql', variables),
    /** The view `quote`, which shows the recent past. */
    quote: quote(
      `TIMESTAMP_SUB(CURRENT_TIMESTAMP, INTERVAL ${rules.view_hours} HOUR)`,
      'TIMESTAMP_ADD(CURRENT_TIMESTAMP, INTERVAL 1 HOUR)',
    ),
    /** The body of the table function `quote_between`, for the SQL of its two arguments. */
    quoteBetween: quote,
  };
}

/** The body of `quote_between` in the other engine, which reads the table `quote`. */
export function quoteBetweenQuery(quoteTable: string, from: string, to: string): string {
  const variables = { quote_table: quoteTable, window_from: from, window_to: to };
  return render('quote_between.sql', variables);
}
