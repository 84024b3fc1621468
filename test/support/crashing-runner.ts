/**
 * A runner that kills itself at a moment that no other process could hit: `node --import tsx
 * crashing-runner.ts HOST DATABASE SUBSCRIPTION MOMENT`. `pulled` is before anything of the first
 * batch is committed, `committed` is after all of it is, and before it is acknowledged.
 */
import { PubSub } from '@google-cloud/pubsub';
import { runSubscription } from 'iex-local/runner/run-subscription';
import { subscriptionSource } from 'iex-local/runner/subscription-source';
import { Store } from 'iex-local/store/store';

const [host, database, subscription, moment] = process.argv.slice(2) as [
  string,
  string,
  string,
  'pulled' | 'committed',
];
const die = () => process.kill(process.pid, 'SIGKILL');

const pubsub = new PubSub({ projectId: 'iex-test', apiEndpoint: host, emulatorMode: true });
const store = await Store.open(database);
const source = await subscriptionSource(pubsub, pubsub.subscription(subscription).name);
await runSubscription({
  source: {
    async pull(maxMessages) {
      const messages = await source.pull(maxMessages);
      if (messages.length > 0 && moment === 'pulled') die();
      return messages;
    },
    async acknowledge(messages) {
      if (moment === 'committed') die();
      await source.acknowledge(messages);
    },
  },
  sourceName: subscription,
  writer: await store.writer(),
  resolutions: [1],
  onCommitted: () => undefined,
  onError: (error) => console.error(error),
  drain: new AbortController().signal,
});
