import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { commandOf, residentMegabytes, treeOf } from '../processes.js';
import { Samples } from './samples.js';

const START = fileURLToPath(new URL('../../local/dist/start.js', import.meta.url));
const SAMPLE_MS = 10_000;
const HOUR_MS = 3_600_000;

/**
 * Runs the whole pipeline for some minutes, and measures the memory of each of its processes, the
 * size of its files, and how late a window's ranking is printed after its end.
 *
 * @returns the lines of a table
 */
export async function soakLive(
  folder: string,
  minutes: number,
  symbolCount: number,
): Promise<string[]> {
  const symbols = Array.from({ length: symbolCount }, (_, i) => `S${i}`).join();
  const args = ['--data-dir', folder, '--port', '0', '--symbols', symbols];
  const child = spawn(process.execPath, [START, ...args, '--duration', String(minutes * 60)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const samples = new Samples();
  const started = performance.now();
  const hours = () => (performance.now() - started) / HOUR_MS;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, lag] = /lag ([\d.]+) s/.exec(line) ?? [];
    if (lag) samples.add('lag of a ranking, s', hours(), Number(lag));
    else if (!/ min {3}|^ {2}/.test(line)) console.log(`  ${line}`);
  });
  while (child.exitCode === null && child.signalCode === null) {
    await Promise.race([delay(SAMPLE_MS), closed]);
    for (const pid of treeOf(child.pid ?? 0)) {
      const megabytes = residentMegabytes(pid);
      if (megabytes) samples.add(`memory of ${commandOf(pid)}, MB`, hours(), megabytes);
    }
    for (const file of ['market.duckdb', 'market.duckdb.wal']) {
      samples.add(`size of ${file}, MB`, hours(), megabytesOf(join(folder, file)));
    }
  }
  const [code] = await closed;
  if (code !== 0) throw new Error(`npm start ended with exit code ${code}`);
  return samples.table();
}

function megabytesOf(file: string): number {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) / 1e6;
}
