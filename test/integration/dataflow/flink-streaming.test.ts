import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import type { PCollection } from 'apache-beam';
import { expect } from 'chai';
import type { QuoteRow } from 'iex-dataflow';
import { expansionServiceJar, startExpansionService } from 'iex-dataflow/template';
import { type PubSubEmulator, startPubSubEmulator } from 'iex-pubsub-emulator/index';
import { readFromPubSub } from '../../../dataflow/src/io/io.js';
import { createPipeline } from '../../../dataflow/src/pipeline/pipeline.js';
import { startJobServer } from '../../../dataflow/src/runners/flink/job-server.js';
import { processEnvironment } from '../../../dataflow/src/runners/flink/worker-environment.js';
import { Job } from '../../../dataflow/src/runners/portable/job.js';
import {
  inEnvironment,
  pipelineProto,
} from '../../../dataflow/src/runners/portable/pipeline-proto.js';
import * as beam from '../../../dataflow/src/sdk/beam.js';
import type { Service } from '../../../dataflow/src/tools/service.js';
import { temporaryFolder } from '../../support/folder.js';
import { missingTools } from '../../support/missing-tools.js';
import * as rowFile from '../../support/row-file.cjs';
import { skipSuite } from '../../support/skip.js';
import { untilTrue } from '../../support/until.js';

const MESSAGES = 2000;
const RESOLUTIONS = [1, 5, 15];
const ROWS_PER_QUOTE = 126;

/**
 * Of three jobs one never begins to read: Beam's runner for Flink takes checkpoints and does nothing else. It is started
 * anew then. In ms.
 */
const FIRST_ROW_MS = 25_000;
const MOST_STARTS = 7;

describe('the pipeline on Flink, from Pub/Sub', function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  const rowsFolder = join(folder, 'rows');
  let emulator: PubSubEmulator;
  let pubsub: PubSub;
  let running: Streaming | undefined;

  before(async function () {
    const missing = missingTools('java', 'mvn');
    if (missing) skipSuite(this, missing);
    mkdirSync(rowsFolder);
    emulator = await startPubSubEmulator();
    pubsub = new PubSub({ projectId: 'iex-test', apiEndpoint: emulator.host, emulatorMode: true });
  });

  after(async () => {
    await running?.stop();
    await pubsub?.close();
    await emulator?.close();
  });

  const rows = (): QuoteRow[] =>
    readdirSync(rowsFolder).flatMap((name) =>
      readFileSync(join(rowsFolder, name), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as QuoteRow),
    );

  /** Starts jobs until one makes rows. */
  async function startUntilItReads(subscription: string): Promise<Streaming> {
    for (let start = 1; start <= MOST_STARTS; start++) {
      const scratch = join(folder, `start-${start}`);
      mkdirSync(scratch);
      running = await startStreaming(subscription, emulator.host, rowsFolder, scratch);
      const { failure } = running;
      const deadline = Date.now() + FIRST_ROW_MS;
      await untilTrue(
        () => failure() !== undefined || rows().length > 0 || Date.now() > deadline,
        2 * FIRST_ROW_MS,
      );
      if (failure()) throw failure();
      if (rows().length > 0) return running;
      console.log(`      start ${start} never began to read`);
      await running.stop();
    }
    throw new Error(`none of ${MOST_STARTS} jobs began to read`);
  }

  it(`makes rows of ${MESSAGES} messages, and loses none`, async () => {
    const [topic] = await pubsub.createTopic('quotes');
    const [subscription] = await topic.createSubscription('quotes', { ackDeadlineSeconds: 60 });
    const symbols = Array.from({ length: MESSAGES }, (_, i) => `S${i}`);
    const publish = (some: readonly string[]) =>
      Promise.all(
        some.map((symbol) =>
          topic.publishMessage({ json: quoteOf(symbol), attributes: { quote_id: symbol } }),
        ),
      );
    // Half of them are there before the job, half come while it runs.
    await publish(symbols.slice(0, MESSAGES / 2));
    const { failure, checkpoints } = await startUntilItReads(subscription.name);
    await publish(symbols.slice(MESSAGES / 2));
    await untilTrue(() => {
      if (failure()) throw failure();
      return new Set(rows().map(({ symbol }) => symbol)).size === MESSAGES;
    }, 60_000);

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
      readdirSync(checkpoints, { recursive: true }).some((name) => /chk-\d+/.test(String(name))),
    );
  });
});

function quoteOf(symbol: string) {
  const i = Number(symbol.slice(1));
  const event_time = new Date(Date.UTC(2026, 0, 5, 15, 0, i % 60, i % 1000)).toISOString();
  return { symbol, latest_price: 1 + i, event_time };
}

/** A streaming job, and all that runs for it. */
interface Streaming {
  /** Why it has failed, if it has. */
  failure: () => Error | undefined;
  /** The folder of its checkpoints. */
  checkpoints: string;
  stop: () => Promise<void>;
}

async function startStreaming(
  subscription: string,
  pubsubHost: string,
  rowsFolder: string,
  scratch: string,
): Promise<Streaming> {
  const services: Service[] = [];
  const stopAll = async () => {
    for (const service of services) await service.stop();
  };
  try {
    const jar = await expansionServiceJar();
    const expansionService = await startExpansionService(jar, join(scratch, 'expansion.log'), [
      `--pubsubRootUrl=http://${pubsubHost}`,
      '--credentialFactoryClass=org.apache.beam.sdk.extensions.gcp.auth.NoopCredentialFactory',
      // Java's steps then run in the service itself.
      '--alsoStartLoopbackWorker',
    ]);
    services.push(expansionService);
    const checkpoints = join(scratch, 'checkpoints');
    const settings = {
      'state.backend.type': 'hashmap',
      'state.checkpoints.dir': `file://${checkpoints}`,
    };
    const jobServer = await startJobServer({ folder: scratch, settings });
    services.unshift(jobServer);
    const proto = await pipelineProto(async (root) => {
      const messages = await root.applyAsync(
        readFromPubSub(subscription, expansionService.address),
      );
      const { rows } = createPipeline(messages, RESOLUTIONS);
      for (const [i, some] of rows.entries()) {
        (some as PCollection<QuoteRow>).map(
          beam.withName(`Keep rows ${RESOLUTIONS[i]}`, rowFile.appendRow),
          { folder: rowsFolder },
        );
      }
    });
    const job = await Job.submit({
      endpoint: jobServer.address,
      name: 'streaming',
      pipeline: inEnvironment(proto, await processEnvironment(scratch)),
      options: { streaming: true, checkpointing_interval: 3000, parallelism: 1 },
      modules: [rowFile.MODULE],
    });
    let failure: Error | undefined;
    job.untilDone().catch((error) => {
      failure = error;
    });
    const stop = async () => {
      job.close();
      await stopAll();
    };
    return { failure: () => failure, checkpoints, stop };
  } catch (error) {
    await stopAll();
    throw error;
  }
}
