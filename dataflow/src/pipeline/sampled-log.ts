/**
 * The least time between two logs of the same warning, in milliseconds: a line for each bad message
 * would cost more than the message.
 */
const SAMPLE_MS = 60_000;

const lastLogged = new Map<string, number>();
const unlogged = new Map<string, number>();

/**
 * Logs a warning as JSON, which the worker forwards to the runner's logs. Warnings with the same
 * message are logged once a minute, with the number of those left out since then.
 *
 * @param fields further fields of the entry, such as a reason
 */
export function logSampled(message: string, fields: Record<string, unknown>): void {
  const now = Date.now();
  if (now - (lastLogged.get(message) ?? Number.NEGATIVE_INFINITY) < SAMPLE_MS) {
    unlogged.set(message, (unlogged.get(message) ?? 0) + 1);
    return;
  }
  const left_out = unlogged.get(message) ?? 0;
  console.warn(JSON.stringify({ severity: 'WARNING', message, ...fields, left_out }));
  lastLogged.set(message, now);
  unlogged.delete(message);
}
