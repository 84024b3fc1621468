import { type RunOptions, runSubscription } from '../runner/run-subscription.js';

/**
 * Runs the pipeline over a subscription in this process. It ends after the batch under way: what has
 * not been pulled yet may be more than a user wants to wait for.
 */
export async function streamDirectly({
  onReady,
  ...options
}: RunOptions & { onReady: () => void }): Promise<void> {
  const { source, drain } = options;
  onReady();
  await runSubscription({
    ...options,
    source: {
      pull: async (maxMessages) => (drain.aborted ? [] : await source.pull(maxMessages)),
      acknowledge: (messages) => source.acknowledge(messages),
    },
  });
}
