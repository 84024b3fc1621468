import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import type { PCollection } from 'apache-beam';
import { expect } from 'chai';
import type { QuoteRow } from 'iex-dataflow';
import * as beam from '../../../dataflow/src/beam.js';
import { startJobServer } from '../../../dataflow/src/flink/job-server.js';
import { processEnvironment } from '../../../dataflow/src/flink/worker-environment.js';
import { readFromPubSub } from '../../../dataflow/src/io.js';
import { createPipeline } from '../../../dataflow/src/pipeline.js';
import { Job } from '../../../dataflow/src/portable/job.js';
import { inEnvironment, pipelineProto } from '../../../dataflow/src/portable/pipeline-proto.js';
import {
  expansionServiceJar,
  startExpansionService,
} from '../../../dataflow/src/template/expansion-service.js';
import type { Service } from '../../../dataflow/src/tools/service.js';
import {
  type PubSubEmulator,
  startPubSubEmulator,
} from '../../../local/src/pubsub-emulator/index.js';
import { temporaryFolder } from '../../support/folder.js';
import { missingTools } from '../../support/missing-tools.js';
import * as rowFile from '../../support/row-file.cjs';
import { skipSuite } from '../../support/skip.js';
import { untilTrue } from '../../support/until.js';

const MESSAGES = 2000;
const RESOLUTIONS = [1, 5, 15];
const ROWS_PER_QUOTE = 126;

describe('the pipeline on Flink, from Pub/Sub', function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  let emulator: PubSubEmulator;
  let pubsub: PubSub;
  let expansionService: Service;
  let jobServer: Service;
  let job: Job;

  before(async function () {
    const missing = missingTools('java', 'mvn');
    if (missing) skipSuite(this, missing);
    emulator = await startPubSubEmulator();
    pubsub = new PubSub({ projectId: 'iex-test', apiEndpoint: emulator.host, emulatorMode: true });
    expansionService = await startExpansionService(
      await expansionServiceJar(),
      join(folder, 'expansion-service.log'),
      [
        `--pubsubRootUrl=http://${emulator.host}`,
        '--credentialFactoryClass=org.apache.beam.sdk.extensions.gcp.auth.NoopCredentialFactory',
        // Java's steps then run in the service itself.
        '--alsoStartLoopbackWorker',
      ],
    );
    jobServer = await startJobServer({
      folder,
      settings: {
        'state.backend.type': 'hashmap',
        'state.checkpoints.dir': `file://${folder}/checkpoints`,
      },
    });
  });

  after(async () => {
    job?.close();
    await jobServer?.stop();
    await expansionService?.stop();
    await pubsub?.close();
    await emulator?.close();
  });

  const rowsFolder = join(folder, 'rows');
  const rows = (): QuoteRow[] =>
    readdirSync(rowsFolder).flatMap((name) =>
      readFileSync(join(rowsFolder, name), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as QuoteRow),
    );

  it(`makes rows of ${MESSAGES} messages, and loses none`, async () => {
    mkdirSync(rowsFolder);
    const [topic] = await pubsub.createTopic('quotes');
    const [subscription] = await topic.createSubscription('quotes', { ackDeadlineSeconds: 60 });
    const proto = await pipelineProto(async (root) => {
      const messages = await root.applyAsync(
        readFromPubSub(subscription.name, expansionService.address),
      );
      const { rows } = createPipeline(messages, RESOLUTIONS);
      for (const [i, some] of rows.entries()) {
        (some as PCollection<QuoteRow>).map(
          beam.withName(`Keep rows ${RESOLUTIONS[i]}`, rowFile.appendRow),
          { folder: rowsFolder },
        );
      }
    });
    job = await Job.submit({
      endpoint: jobServer.address,
      name: 'streaming',
      pipeline: inEnvironment(proto, await processEnvironment(folder)),
      options: { streaming: true, checkpointing_interval: 3000, parallelism: 1 },
    });
    let failure: Error | undefined;
    job.untilDone().catch((error) => {
      failure = error;
    });

    const symbols = Array.from({ length: MESSAGES }, (_, i) => `S${i}`);
    await Promise.all(
      symbols.map((symbol, i) =>
        topic.publishMessage({
          json: {
            symbol,
            latest_price: 1 + i,
            event_time: new Date(Date.UTC(2026, 0, 5, 15, 0, i % 60, i % 1000)).toISOString(),
          },
          attributes: { quote_id: symbol },
        }),
      ),
    );
    await untilTrue(() => {
      if (failure) throw failure;
      return new Set(rows().map(({ symbol }) => symbol)).size === MESSAGES;
    }, 180_000);

    const found = rows();
    const distinct = new Set(
      found.map(
        ({ symbol, resolution_minutes, window_end }) =>
          `${symbol} ${resolution_minutes} ${window_end}`,
      ),
    );
    expect(distinct.size).to.equal(MESSAGES * ROWS_PER_QUOTE);
    if (found.length > distinct.size)
      console.log(`      ${found.length - distinct.size} rows came more than once`);
    // A finished checkpoint is a folder chk-NUMBER in the job's.
    await untilTrue(() =>
      readdirSync(join(folder, 'checkpoints'), { recursive: true }).some((name) =>
        /chk-\d+/.test(String(name)),
      ),
    );
  });
});
