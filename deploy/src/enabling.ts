import { OperationalError } from 'iex-cli';
import { pause } from './pause.js';
import type { Step } from './steps.js';

const RETRY_MS = 15_000;

/** Google asks to "wait a few minutes" after an API was enabled. */
const PATIENCE_MS = 5 * 60_000;

/** Google's error while an API is not enabled everywhere, and also if it is not enabled at all. */
const NOT_READY =
  /SERVICE_DISABLED|If you enabled this API recently|(\S[^\n]*? API) has not been used/;

/**
 * Repeats work that uses an API which was enabled a moment ago.
 *
 * @param step shows what is being waited for
 * @param work must be harmless to repeat
 * @throws the error of `work`, at once if it has another reason
 */
export async function whileEnabling<T>(
  step: Step,
  signal: AbortSignal,
  work: () => Promise<T>,
  { retryMs = RETRY_MS, patienceMs = PATIENCE_MS } = {},
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const text = error instanceof OperationalError ? `${error.message}\n${error.details}` : '';
      const match = NOT_READY.exec(text);
      if (!match || performance.now() > deadline) throw error;
      const api = match[1]?.replace(/^.*: /, '') ?? 'an API';
      step.say(`waiting until ${api}, which was enabled a moment ago, can be used`);
      await pause(retryMs, signal);
    }
  }
}
