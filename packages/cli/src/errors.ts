/** What an error has in addition to its message. */
export interface OperationalErrorOptions extends ErrorOptions {
  /** Several lines for the user to read above the message, such as the output of a program. */
  details?: string;
}

/**
 * An error that the user can fix. The message is one line that says how; no stack trace is shown.
 * Exit code 1.
 */
export class OperationalError extends Error {
  override name = 'OperationalError';
  readonly exitCode: number = 1;
  readonly details: string;

  constructor(message: string, { details = '', ...options }: OperationalErrorOptions = {}) {
    super(message, options);
    this.details = details.trim();
  }
}

/** A mistake in a command line. Exit code 2. */
export class UsageError extends OperationalError {
  override name = 'UsageError';
  override readonly exitCode: number = 2;
}

/** A program that could not be started, or that failed; `details` has its output. */
export class CommandError extends OperationalError {
  override name = 'CommandError';
  /** Whether the program is not installed. */
  readonly isMissing: boolean;

  constructor(message: string, options: OperationalErrorOptions & { isMissing?: boolean } = {}) {
    super(message, options);
    this.isMissing = options.isMissing ?? false;
  }
}
