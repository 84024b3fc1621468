/** A warning that repeats is logged once in as many milliseconds: a line for each bad message would cost more than it. */
const SAMPLE_MS = 60_000;

const lastLogged = new Map<string, number>();
const unlogged = new Map<string, number>();

/**
 * Logs a warning as JSON, which the worker forwards to the runner's logs; of those with the same message one a minute,
 * with how many were left out since the one before.
 *
 * @param fields what else to say, such as a reason
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
