import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from 'iex-cli';
import { wholeNumber } from 'iex-cli/flag-values';
import { parseFlags } from 'iex-cli/parse-flags';
import { soakDay } from './day.js';
import { soakLive } from './live.js';

/**
 * Measures what grows in a long run: the whole pipeline in real time, and the runner's pipelines
 * over a day of quotes as fast as they go.
 *
 * @param args `[live|day] [--minutes N] [--symbols N]`: one of the two runs, or both; how long the
 *   one in real time takes, and with how many symbols
 */
export async function benchSoak(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseFlags(
    args,
    {
      minutes: { type: 'string', default: '60' },
      symbols: { type: 'string', default: '300' },
    },
    1,
  );
  const minutes = wholeNumber('--minutes', values.minutes, { least: 1, most: 100_000 });
  const symbols = wholeNumber('--symbols', values.symbols, { least: 1, most: 10_000 });
  const [run = 'both'] = positionals;
  if (!['live', 'day', 'both'].includes(run)) {
    throw new UsageError(`Unknown run '${run}'; choose live or day, or name none for both`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'iex-stream-soak-'));
  try {
    if (run !== 'day') {
      console.log(`npm start with ${symbols} symbols for ${minutes} minutes:`);
      console.log((await soakLive(join(folder, 'live'), minutes, symbols)).join('\n'));
    }
    if (run !== 'live') {
      console.log('the pipelines over a day of ten symbols, as fast as they go:');
      console.log((await soakDay(join(folder, 'day.duckdb'))).join('\n'));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
