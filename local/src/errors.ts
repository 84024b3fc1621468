/** A mistake in how a command was called: exit code 2. The message is one line that says what to do. */
export class UsageError extends Error {
  override name = 'UsageError';
}
