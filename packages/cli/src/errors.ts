/** A failure that a person can cure: the message is one line that says what to do. Exit code 1. */
export class OperationalError extends Error {
  override name = 'OperationalError';
  readonly exitCode: number = 1;
}

/** A mistake in how a command was called. Exit code 2. */
export class UsageError extends OperationalError {
  override name = 'UsageError';
  override readonly exitCode = 2;
}
