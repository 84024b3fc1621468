import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * How often memory is measured. The kernel records each process's peak, so that only short-lived
 * processes are missed.
 */
const SAMPLE_MS = 100;

export interface MeasuredRun {
  seconds: number;
  /**
   * The highest resident memory of each process that took part, in MB, the first being the
   * command's own.
   */
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
      const peak = peakOf(pid);
      if (peak) peaks.set(pid, peak);
    }
  }, SAMPLE_MS);
  const [code] = await once(child, 'close');
  clearInterval(sample);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return { seconds: (performance.now() - started) / 1000, peaks: [...peaks.values()] };
}

/** Returns a process and its descendants. Needs Linux's /proc; elsewhere the list is empty. */
function treeOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of listed('/proc')) {
    if (/^\d+$/.test(entry)) {
      const stat = content(`/proc/${entry}/stat`);
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]));
    }
  }
  const tree = [root];
  for (const pid of tree) {
    for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  }
  return tree;
}

function peakOf(pid: number) {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(content(`/proc/${pid}/status`)) ?? [];
  if (!kilobytes) return undefined;
  const [name = ''] = content(`/proc/${pid}/cmdline`).split('\0');
  return { name: basename(name), megabytes: Number(kilobytes) / 1024 };
}

/** Returns an empty text if the process has ended in the meantime. */
function content(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
