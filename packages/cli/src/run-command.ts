import { OperationalError } from './errors.js';

/**
 * Runs a command to its end and sets the process's exit code: what it resolves to, or the error's own. What a person can
 * cure is told in one line; anything else is a defect and shows its stack.
 */
export async function runCommand(command: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    if (error instanceof OperationalError) console.error(error.message);
    else console.error(error);
    process.exitCode = error instanceof OperationalError ? error.exitCode : 1;
  }
}
