/**
 * Runs tasks at the same time. Where one fails, the others are asked to end by the signal that they get, and waited for.
 *
 * @template T
 * @param {AbortSignal} signal ends all of them
 * @param {readonly ((signal: AbortSignal) => Promise<T>)[]} tasks
 * @returns {Promise<T[]>} what they resolve to, in their order
 * @throws what the first of them threw
 */
export async function together(signal, tasks) {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const work = tasks.map(async (task) => {
    try {
      return await task(either);
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(work);
  either.throwIfAborted();
  return await Promise.all(work);
}

/**
 * Waits for work that cannot be ended, but no longer than until the signal.
 *
 * @template T
 * @param {AbortSignal} signal
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
export async function untilAborted(signal, work) {
  return await new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
