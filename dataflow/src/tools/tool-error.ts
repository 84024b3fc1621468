import { OperationalError } from 'iex-cli';

/** An error that the user can fix; the message says how. */
export class ToolError extends OperationalError {
  override name = 'ToolError';
}
