import { fileURLToPath } from 'node:url';
import { Child, type ChildOptions } from '../child-process.js';
import type { Readiness, RunnerCommand, RunnerConfig, RunnerMessage } from './protocol.js';

const RUNNER = fileURLToPath(new URL('runner-process.js', import.meta.url));

/** How long the runner may take to process the messages that have arrived, in ms. */
const DRAIN_GRACE_MS = 60_000;

/** The runner process, as the process that started it sees it. */
export type Runner = Awaited<ReturnType<typeof startRunner>>;

/**
 * Starts the runner in a separate process.
 *
 * @param onMessage gets all that it reports once it is ready
 * @throws {OperationalError} if it does not start
 */
export async function startRunner(
  config: RunnerConfig,
  options: Omit<ChildOptions, 'args' | 'onMessage'>,
  onMessage: (message: Exclude<RunnerMessage, { type: 'ready' }>) => void,
) {
  let becomeReady = (_readiness: Readiness) => {};
  const ready = new Promise<Readiness>((resolve) => {
    becomeReady = resolve;
  });
  let latestNotice: string | null = null;
  const send = (command: RunnerCommand) => child.send(command);
  const child = new Child({
    ...options,
    args: [RUNNER, JSON.stringify(config)],
    onMessage(received) {
      const message = received as RunnerMessage;
      if (message.type !== 'ready') return onMessage(message);
      becomeReady(message);
      // A runner that was restarted does not have it.
      send({ type: 'notice', notice: latestNotice });
    },
  });
  return {
    ...(await child.untilReady(ready)),
    /** Shows on the dashboard why no quotes arrive; null if they do. */
    notify(notice: string | null): void {
      latestNotice = notice;
      send({ type: 'notice', notice });
    },
    /** Processes the messages that have arrived, and ends. */
    async drain(): Promise<void> {
      send({ type: 'drain' });
      await child.untilEnded(DRAIN_GRACE_MS);
    },
  };
}
