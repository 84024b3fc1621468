import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import type { PCollection } from 'apache-beam';
import { expect } from 'chai';
import type { QuoteRow } from 'iex-dataflow';
import { readFromPubSub } from 'iex-dataflow/src/io/pubsub-source';
import { createPipeline } from 'iex-dataflow/src/pipeline/pipeline';
import { startJobServer } from 'iex-dataflow/src/runners/flink/job-server';
import { processEnvironment } from 'iex-dataflow/src/runners/flink/worker-environment';
import { Job } from 'iex-dataflow/src/runners/portable/job';
import { inEnvironment, pipelineProto } from 'iex-dataflow/src/runners/portable/pipeline-proto';
import * as beam from 'iex-dataflow/src/sdk/beam';
import type { Service } from 'iex-dataflow/src/tools/service';
import { expansionServiceJar, startExpansionService } from 'iex-dataflow/template';
import { type PubSubEmulator, startPubSubEmulator } from 'iex-pubsub-emulator';
import { temporaryFolder } from 'iex-test/support/folder';
import { missingTools } from 'iex-test/support/missing-tools';
import { skipSuite } from 'iex-test/support/skip';
import { untilTrue } from 'iex-test/support/until';
import * as rowFile from '../../support/row-file.cjs';

const MESSAGES = 2000;
const RESOLUTIONS = [1, 5, 15];
const ROWS_PER_QUOTE = 126;

/** How often a checkpoint is taken, in ms. */
const CHECKPOINT_MS = 3000;

/**
 * How long a bundle may stay open, in ms: so long that each checkpoint falls into a bundle. Then
 * Beam's runner holds the bundle's output back, and never sends it on, unless it ends bundles
 * before checkpoints. With the default of 1 s, one job of three or four never began to read.
 */
const BUNDLE_MS = 60_000;

/** How long to wait for rows, in ms: a job that stalls never makes any. */
const READ_MS = 120_000;

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

  const found: QuoteRow[] = [];
  const bytesRead = new Map<string, number>();

  /** Reads the rows that workers have added since the last call, and returns all. */
  function rows(): readonly QuoteRow[] {
    for (const name of readdirSync(rowsFolder)) {
      const start = bytesRead.get(name) ?? 0;
      const added = readFileSync(join(rowsFolder, name)).subarray(start);
      const end = added.lastIndexOf('\n') + 1;
      if (end === 0) continue;
      bytesRead.set(name, start + end);
      for (const line of added.toString('utf8', 0, end - 1).split('\n'))
        found.push(JSON.parse(line));
    }
    return found;
  }

  it(`makes rows of ${MESSAGES} messages whose bundles are longer than a checkpoint's interval`, async () => {
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
    running = await startStreaming(subscription.name, emulator.host, rowsFolder, folder);
    const { failure, checkpoints } = running;
    await untilTrue(() => {
      if (failure()) throw failure();
      return rows().length > 0;
    }, READ_MS);
    await publish(symbols.slice(MESSAGES / 2));
    await untilTrue(() => {
      if (failure()) throw failure();
      return (
        rows().length >= MESSAGES * ROWS_PER_QUOTE &&
        new Set(found.map(({ symbol }) => symbol)).size === MESSAGES
      );
    }, READ_MS);

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

/** A streaming job, and all processes that run for it. */
interface Streaming {
  /** The error with which it failed, if any. */
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
      options: {
        streaming: true,
        checkpointing_interval: CHECKPOINT_MS,
        max_bundle_time_mills: BUNDLE_MS,
        finish_bundle_before_checkpointing: true,
        parallelism: 1,
      },
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
