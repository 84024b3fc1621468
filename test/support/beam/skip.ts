import { execFileSync } from 'node:child_process';
import { skipSuite } from '../skip.js';

/**
 * Skips a suite, from its `before` hook, if this machine cannot run workers as their container
 * does.
 */
export function skipWithoutWorkers(context: Mocha.Context): void {
  // The programs of the image run on nothing else.
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
