import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from 'iex-cli';
import { parseFlags } from 'iex-cli/parse-flags';
import { soakDay } from './day.js';
import { soakLive } from './live.js';

/**
 * Measures what grows in a long run: the whole pipeline in real time, and then the runner's
 * pipelines over a day of quotes as fast as they go.
 *
 * @param args `[--minutes N] [--symbols N]` for the run in real time
 */
export async function benchSoak(args: readonly string[]): Promise<void> {
  const { values } = parseFlags(args, {
    minutes: { type: 'string', default: '60' },
    symbols: { type: 'string', default: '300' },
  });
  const minutes = count('--minutes', values.minutes);
  const symbols = count('--symbols', values.symbols);
  const folder = mkdtempSync(join(tmpdir(), 'iex-stream-soak-'));
  try {
    console.log(`npm start with ${symbols} symbols for ${minutes} minutes:`);
    const live = await soakLive(join(folder, 'live'), minutes, symbols);
    console.log(live.join('\n'));
    console.log('\nthe pipelines over a day of ten symbols, as fast as they go:');
    const day = await soakDay(join(folder, 'day.duckdb'));
    console.log(day.join('\n'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function count(flag: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`${flag} takes a whole number, not '${text}'`);
  return Number(text);
}
