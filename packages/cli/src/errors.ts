/** What an error may be given besides its message. */
export interface UserErrorOptions extends ErrorOptions {
  /** More than one line for the user to read above the message, such as what a program printed. */
  details?: string;
}

/** An error that the user can fix. The message is one line that says how; no stack trace is shown. Exit code 1. */
export class UserError extends Error {
  override name = 'UserError';
  readonly exitCode: number = 1;
  readonly details: string;

  constructor(message: string, { details = '', ...options }: UserErrorOptions = {}) {
    super(message, options);
    this.details = details.trim();
  }
}

/** A mistake in how a command was called. Exit code 2. */
export class UsageError extends UserError {
  override name = 'UsageError';
  override readonly exitCode: number = 2;
}

/** A program that could not be started, or that failed; `details` has what it printed. */
export class CommandError extends UserError {
  override name = 'CommandError';
  /** Whether the program is not installed. */
  readonly isMissing: boolean;

  constructor(message: string, options: UserErrorOptions & { isMissing?: boolean } = {}) {
    super(message, options);
    this.isMissing = options.isMissing ?? false;
  }
}
