import { OperationalError, UsageError } from './errors.js';
import { tolerateClosedOutput } from './output.js';

/**
 * Runs a command to its end and sets the exit code of the process: what the command resolves to (0
 * if nothing), or the exit code of the error. An error that the user can fix is shown in one line,
 * after its details; any other is a defect and is shown with its stack trace, exit code 1. An
 * output that is closed early, as by `| head`, does not end the command.
 *
 * The process ends when nothing keeps it running. If connections may be left open, call
 * `process.exit()` afterwards.
 *
 * @param help the command line that explains the usage, named in the message of a usage error
 */
export async function runCommand(
  command: () => Promise<number | undefined>,
  { help }: { help?: string } = {},
): Promise<void> {
  tolerateClosedOutput();
  try {
    process.exitCode = (await command()) ?? 0;
  } catch (error) {
    process.exitCode = error instanceof OperationalError ? error.exitCode : 1;
    if (!(error instanceof OperationalError)) {
      console.error(error);
      return;
    }
    if (error.details) console.error(error.details);
    const hint = help && error instanceof UsageError ? ` (see ${help})` : '';
    console.error(error.message + hint);
  }
}
