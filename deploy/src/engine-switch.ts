import type { ResourceChange } from './plan.js';

/** What a plan does that switches the engine. */
export interface EngineSwitch {
  /** What becomes of the quotes. */
  note: string;
  /** Why it must not be applied; undefined if it may be. */
  refusal?: string;
}

const GUIDE = 'docs/deployment.md, "Switching the window engine"';

/**
 * Finds out whether a plan switches the engine: a table becomes a view of the same name, or a view
 * a table.
 *
 * @returns undefined if it does not
 */
export function engineSwitchOf(changes: readonly ResourceChange[]): EngineSwitch | undefined {
  const changeOf = (address: string) => changes.find((each) => each.address === address)?.change;
  const quote = changeOf('google_bigquery_table.quote');
  if (!quote?.before || !quote.after || isView(quote.before) === isView(quote.after)) {
    return undefined;
  }
  const ticks = changeOf('google_bigquery_table.tick["tick"]');
  const withBoth = `deploy with window_engine = "both" first (${GUIDE})`;
  if (isView(quote.after)) {
    return {
      note: `iex.quote and iex.dead_letter become views of iex.tick, and have what iex.tick has: copy older rows first (${GUIDE}).`,
      ...(!ticks?.before && { refusal: `iex.tick does not have the quotes yet: ${withBoth}` }),
    };
  }
  return {
    note: `iex.quote and iex.dead_letter become tables, which the jobs fill from now on. iex.tick keeps all quotes: copy them afterwards (${GUIDE}).`,
    ...(!ticks?.after && { refusal: `iex.tick, which has the quotes, would be lost: ${withBoth}` }),
  };
}

const isView = ({ view }: Record<string, unknown>) => Array.isArray(view) && view.length > 0;
