import { expect } from 'chai';
import { missingTools } from '../missing-tools.js';
import type { ReferenceQuote } from '../reference.js';
import { skipSuite } from '../skip.js';
import { sdkNodeCommands } from './image.js';
import { expectRows, messageOf, quotesOf, rowsOf } from './quotes.js';
import { skipWithoutWorkers } from './skip.js';
import { stagedWorker } from './staged-worker.js';
import { type FusedPipeline, fusedTemplates, type Stage } from './stages.js';
import { generatedLayouts } from './templates.js';
import {
  atOnce,
  type Deliver,
  type DescribedStage,
  type SessionOptions,
  WorkerSession,
} from './worker-session.js';

/** The resolutions of each template, in minutes. */
export const RESOLUTIONS: Readonly<Record<string, readonly number[]>> = {
  'iex-aggregate': [1, 5, 15],
  'iex-aggregate-1': [1],
  'iex-aggregate-5': [5],
  'iex-aggregate-15': [15],
};
export const JOBS = Object.keys(RESOLUTIONS);
const SINGLE = 'iex-aggregate';

/** Workers as they are staged, each with a runner that the test plays. */
export class StagedWorkers {
  readonly #pipelines: readonly FusedPipeline[];
  readonly #options: SessionOptions;
  readonly #sessions: WorkerSession[] = [];

  constructor(pipelines: readonly FusedPipeline[], options: SessionOptions) {
    this.#pipelines = pipelines;
    this.#options = options;
  }

  async start(more: Partial<SessionOptions> = {}): Promise<WorkerSession> {
    const session = await WorkerSession.start({ ...this.#options, ...more });
    this.#sessions.push(session);
    return session;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.stop()));
  }

  /** The stage that turns messages into rows and dead letters. */
  readStage = (job = SINGLE) => this.#stageOf('Read messages', job);
  /** The stage that turns refused rows into dead letters. */
  refuseStage = (job = SINGLE) => this.#stageOf('Refuse rows', job);
  /** The stage that logs refused dead letters. */
  lostStage = (job = SINGLE) => this.#stageOf('Log lost dead letters', job);

  #stageOf(step: string, job: string): Stage {
    const stages = this.#pipelines.find((pipeline) => pipeline.job === job)?.stages ?? [];
    const stage = stages.find(({ steps }) => steps.some((name) => name.startsWith(step)));
    if (!stage) throw new Error(`${job} has no stage with ${step}`);
    return stage;
  }
}

/**
 * Defines the same tests on the Node.js of the SDK's image and on the one that runs the tests.
 *
 * @param define defines the tests; the workers are there when they run
 */
export function describeOnEachNode(title: string, define: (workers: () => StagedWorkers) => void) {
  for (const runtime of ['Node.js 16', `Node.js ${process.versions.node}`]) {
    describe(`${title}, on ${runtime}`, function () {
      this.timeout(60_000);
      let workers: StagedWorkers;

      before(async function () {
        skipWithoutWorkers(this);
        const missing = missingTools('java', 'mvn');
        if (missing) skipSuite(this, missing);
        // The first time, it builds the jar and installs Beam for Python, Node.js 16 and the
        // worker.
        this.timeout(600_000);
        const [pipelines, { perResolution }, app, commands] = [
          await fusedTemplates(),
          await generatedLayouts(),
          await stagedWorker(),
          await sdkNodeCommands(),
        ];
        const node = runtime === 'Node.js 16' ? `${commands}/node` : process.execPath;
        // Nested, as Dataflow hands them over.
        const [template] = perResolution.templates;
        const options = { options: template?.environment.sdkPipelineOptions.options };
        workers = new StagedWorkers(pipelines, { node, app, options });
      });

      after(() => workers?.stop());

      define(() => workers);
    });
  }
}

/** Fails if a bundle's rows are not exactly those of its quotes. */
export function expectRowsOf(
  quotes: readonly ReferenceQuote[],
  { stage }: DescribedStage,
  rows: readonly unknown[] | undefined,
): void {
  expectRows(rows, rowsOf(quotes, RESOLUTIONS[stage.job] ?? []), stage.job);
}

/**
 * Runs a bundle of quotes, and compares every row.
 *
 * @param padding how many bytes more each message has
 */
export async function expectExact(
  session: WorkerSession,
  described: DescribedStage,
  count: number,
  { deliver = atOnce, padding = 0 }: { deliver?: Deliver; padding?: number } = {},
) {
  const quotes = quotesOf(count);
  const messages = quotes.map((quote) => messageOf(quote, padding));
  const result = await session.run(described, messages, deliver);
  expectRowsOf(quotes, described, result.output.quote);
  expect(result.output.dead_letter).to.deep.equal([]);
  return result;
}
