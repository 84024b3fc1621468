import { TOPICS } from 'iex-contract';
import { type Environment, networkEnvironment } from './environment.js';
import type { FunctionTarget } from './function-process.js';

/** The simulator's token, in a form that every quote source accepts. */
const SIMULATOR_TOKEN = 'simulated:token';

/** The most loops of quotes at a time: with more symbols than this, a message has several. */
const MOST_LOOPS = 100;

/** The configuration of the functions. */
export interface FunctionOptions {
  symbols: readonly string[];
  /** The shape of the quote API, by the name of the function's quote source. */
  quoteSource: string;
  /** The quote API; the simulator if there is none. */
  quoteUrl?: string | undefined;
  quoteTokenFile?: string | undefined;
  /** The environment of the user's shell, of which each part gets what it needs. */
  shell: Environment;
}

/**
 * The environment variables that configure the functions.
 *
 * @param address URL of the quote API
 */
export function functionSettings(
  { symbols, quoteSource, quoteUrl, quoteTokenFile, shell }: FunctionOptions,
  address: string,
): Record<FunctionTarget, Environment> {
  return {
    fanOut: {
      INGEST_TOPIC: TOPICS.ingest,
      TICKERS_PER_MESSAGE: String(Math.ceil(symbols.length / MOST_LOOPS)),
    },
    iexApi: {
      AGGREGATE_TOPIC: TOPICS.aggregate,
      QUOTE_SOURCE: quoteSource,
      QUOTE_API_URL: address,
      QUOTE_API_TOKEN_FILE: quoteTokenFile,
      QUOTE_API_TOKEN: quoteUrl || quoteTokenFile ? undefined : SIMULATOR_TOKEN,
      ...(quoteUrl && networkEnvironment(shell)),
    },
  };
}
