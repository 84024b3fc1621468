import type { ChildProcess } from 'node:child_process';
import { onExit } from 'signal-exit';

/** Windows has no process groups; there, a signal reaches only the program itself. */
export const HAS_GROUPS = process.platform !== 'win32';

/**
 * Sends a signal to a program and to all that it started.
 *
 * @param child spawned with `detached: HAS_GROUPS`, so that it leads a process group
 */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (HAS_GROUPS) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch (error) {
    // ESRCH: it has ended in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Kills a program, and all that it started, when this process exits or is ended by a signal other
 * than SIGKILL.
 *
 * @param child spawned with `detached: HAS_GROUPS`; the terminal's Ctrl-C does not reach it
 */
export function killOnExit(child: ChildProcess): void {
  if (child.pid === undefined) return;
  const kill = () => signalGroup(child, 'SIGKILL');
  // Before anything else that happens on exit, such as removing the files that the program writes.
  process.prependOnceListener('exit', kill);
  // A signal that nothing listens for ends this process without the event `exit`.
  const forget = onExit(kill);
  child.once('exit', () => {
    process.off('exit', kill);
    forget();
  });
}
