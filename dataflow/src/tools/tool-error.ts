/** An error that the user can fix; the message says how. */
export class ToolError extends Error {
  override name = 'ToolError';
}
