import { OperationalError } from './errors.js';
import { tolerateClosedOutput } from './output.js';

/**
 * Runs a command to its end and sets the exit code of the process: what the command resolves to, or
 * the exit code of the error. An error that the user can fix is shown in one line; any other is a
 * defect and is shown with its stack trace. An output that is closed meanwhile, as by `| head`,
 * does not end the command.
 */
export async function runCommand(command: () => Promise<number>): Promise<void> {
  tolerateClosedOutput();
  try {
    process.exitCode = await command();
  } catch (error) {
    if (error instanceof OperationalError) console.error(error.message);
    else console.error(error);
    process.exitCode = error instanceof OperationalError ? error.exitCode : 1;
  }
}
