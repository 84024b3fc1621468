/**
 * Runs tasks at the same time. If one fails, the others are asked to end through the signal that
 * they get, and waited for.
 *
 * @param signal ends all of them
 * @returns what they resolve to, in their order
 * @throws what the first of them threw
 */
export async function together<T extends readonly unknown[]>(
  signal: AbortSignal,
  tasks: { readonly [I in keyof T]: (signal: AbortSignal) => Promise<T[I]> },
): Promise<T> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const work = tasks.map(async (task: (signal: AbortSignal) => Promise<unknown>) => {
    try {
      return await task(either);
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(work);
  either.throwIfAborted();
  return (await Promise.all(work)) as unknown as T;
}

/** Waits for work that cannot be ended, but no longer than until the signal. */
export async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return await new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
