import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { peakMegabytes, programOf, treeOf } from '../processes.js';

/**
 * How often memory is measured. The kernel records each process's peak, so that only short-lived
 * processes are missed.
 */
const SAMPLE_MS = 100;

export interface MeasuredRun {
  seconds: number;
  /** The highest resident memory of each process that took part, in MB; the command comes first. */
  peaks: { name: string; megabytes: number }[];
}

/** Runs a command to its end, and throws if it fails. */
export async function measuredRun(command: string, args: readonly string[]): Promise<MeasuredRun> {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const peaks = new Map<number, { name: string; megabytes: number }>();
  const sample = setInterval(() => {
    for (const pid of treeOf(child.pid ?? 0)) {
      const megabytes = peakMegabytes(pid);
      if (megabytes) peaks.set(pid, { name: programOf(pid), megabytes });
    }
  }, SAMPLE_MS);
  const [code] = await once(child, 'close');
  clearInterval(sample);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return { seconds: (performance.now() - started) / 1000, peaks: [...peaks.values()] };
}
