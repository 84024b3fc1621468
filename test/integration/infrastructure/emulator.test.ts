import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { startPubSubEmulator } from 'iex-pubsub-emulator';
import { temporaryFolder } from 'iex-test/support/folder';
import { restCaller } from 'iex-test/support/rest-call';
import { appliedSystems } from './applied.js';

const PROJECT = 'test-project';

describe('Pub/Sub resources of the infrastructure', () => {
  const systems = appliedSystems();
  const folder = temporaryFolder();

  it('can all be created in the emulator', async () => {
    // The mocked provider makes up the project.
    const resources = systems('by default').resources.map((resource) => ({
      ...resource,
      values: { ...resource.values, project: PROJECT },
    }));
    const seed = join(folder, 'state.json');
    const state = { format_version: '1.0', values: { root_module: { resources } } };
    writeFileSync(seed, JSON.stringify(state));
    const emulator = await startPubSubEmulator({ seed });
    const call = restCaller(emulator.host);
    const get = async (path: string) => (await call('GET', `projects/${PROJECT}/${path}`)).json;
    try {
      const { subscriptions } = await get('subscriptions');
      const declared = resources.filter(({ type }) => type === 'google_pubsub_subscription');
      expect(subscriptions).to.have.lengthOf(declared.length).and.not.empty;
      const { topics } = await get('topics');
      expect(topics).to.have.lengthOf(
        resources.filter(({ type }) => type === 'google_pubsub_topic').length,
      );
      const push = await get('subscriptions/iex-ingest');
      expect(push.pushConfig).to.include.keys('pushEndpoint', 'oidcToken');
      expect(push.deadLetterPolicy.deadLetterTopic).to.equal(
        `projects/${PROJECT}/topics/iex-ingest-dead-letter`,
      );
      const [topic] = topics as { messageStoragePolicy: object }[];
      expect(topic?.messageStoragePolicy).to.include.keys('allowedPersistenceRegions');
    } finally {
      await emulator.close();
    }
  });
});
