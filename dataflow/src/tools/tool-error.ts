/** Thrown for what a person can cure; the message says how. */
export class ToolError extends Error {
  override name = 'ToolError';
}
