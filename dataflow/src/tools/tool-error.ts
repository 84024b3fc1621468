import { OperationalError } from 'iex-cli';

/** Thrown for what the user can fix; the message says how. */
export class ToolError extends OperationalError {
  override name = 'ToolError';
}
