import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** A process, with its command line. */
export interface ProcessInfo {
  pid: number;
  args: string;
}

/** The processes that a process has started and that still run. */
export function childrenOf(parent: number | undefined): ProcessInfo[] {
  const all = existsSync('/proc/self/stat') ? fromProc() : fromPs();
  return all.filter(({ ppid }) => ppid === parent).map(({ pid, args }) => ({ pid, args }));
}

/**
 * Whether a process runs. On Linux, one that has ended does not run, even if nobody has waited for
 * it, as in a container without an init.
 */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc/self/stat') || !isZombie(pid);
  } catch {
    return false;
  }
}

/** The first thread of a process may have ended while others still hold its files. */
function isZombie(pid: number): boolean {
  const firstHasEnded = /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return firstHasEnded && readdirSync(`/proc/${pid}/task`).length === 1;
}

/** Linux, where `ps` may not be installed. Processes may end while they are listed. */
function fromProc() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        // pid (name) state ppid ...: the name may hold anything, even parentheses.
        const [, rest = ''] = /.*\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
        const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(pid), ppid: Number(rest.split(' ')[1]), args }];
      } catch {
        return [];
      }
    });
}

function fromPs() {
  const listed = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  return listed.split('\n').map((line) => {
    const [pid, ppid, ...args] = line.trim().split(/\s+/);
    return { pid: Number(pid), ppid: Number(ppid), args: args.join(' ') };
  });
}
