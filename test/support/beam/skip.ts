import { execFileSync } from 'node:child_process';
import { skipSuite } from '../skip.js';

/**
 * Called in a `before` hook: skips the suite if workers cannot be run as in their
 * container.
 */
export function skipWithoutWorkers(context: Mocha.Context): void {
  // The image's programs are for it.
  if (process.platform !== 'linux' || process.arch !== 'x64')
    skipSuite(context, 'not Linux on x64');
  for (const [command, ...args] of [
    ['go', 'version'],
    ['python3', '-c', 'import ensurepip'],
  ] as const) {
    try {
      execFileSync(command, args, { stdio: 'ignore' });
    } catch {
      skipSuite(context, `no ${command}${command === 'python3' ? ' with venv' : ''}`);
    }
  }
}
