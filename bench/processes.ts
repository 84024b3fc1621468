import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** Returns a process and its descendants. Needs Linux's /proc; elsewhere only the process. */
export function treeOf(root: number): number[] {
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

/** The resident memory of a process, in MB; undefined if it has ended. */
export function residentMegabytes(pid: number): number | undefined {
  return memory(pid, 'VmRSS');
}

/** The highest resident memory that a process had, in MB; undefined if it has ended. */
export function peakMegabytes(pid: number): number | undefined {
  return memory(pid, 'VmHWM');
}

/** The name of a process's program. */
export function programOf(pid: number): string {
  return basename(content(`/proc/${pid}/cmdline`).split('\0')[0] ?? '');
}

/** What distinguishes the Node processes of the pipeline: the function, or the script. */
export function commandOf(pid: number): string {
  const args = content(`/proc/${pid}/cmdline`).split('\0');
  const target = args.find((arg) => arg.startsWith('--target='));
  return target?.slice('--target='.length) ?? basename(args.find((arg) => /\.js$/.test(arg)) ?? '');
}

function memory(pid: number, field: 'VmRSS' | 'VmHWM'): number | undefined {
  const [, kilobytes] =
    new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(content(`/proc/${pid}/status`)) ?? [];
  return kilobytes ? Number(kilobytes) / 1024 : undefined;
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
