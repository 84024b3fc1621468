import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PubSub } from '@google-cloud/pubsub';
import { systemClock } from 'iex-cli/clock';
import { OperationalError } from 'iex-cli/errors';
import { TOPICS } from 'iex-contract';
import { resolutions } from 'iex-contract/infrastructure';
import type { WindowRanking } from 'iex-dashboard/market-data/index';
import { freePort } from 'iex-dataflow/tools';
import { startPubSubEmulator } from 'iex-pubsub-emulator/index';
import { Child, type ChildOptions } from './child-process.js';
import {
  type FunctionTarget,
  functionProcess,
  functionUrl,
  untilFunctionListens,
} from './function-process.js';
import { startQuoteSimulator } from './quote-simulator/index.js';
import type { Committed, DrainMessage, RunnerConfig, RunnerMessage } from './runner/protocol.js';
import { type AlarmMode, alarmMessages, startScheduler } from './scheduler.js';
import { createTopology } from './topology.js';

const PROJECT_ID = 'iex-local';
const RUNNER = fileURLToPath(new URL('runner/runner-process.js', import.meta.url));

/** What the simulator takes for a token, in the form of any quote source. */
const SIMULATOR_TOKEN = 'simulated:token';

/** The most loops of quotes at a time: above as many symbols a message carries several. */
const MOST_LOOPS = 100;

/** How long a function gets to end: a loop that is broken off comes again, and finds its quotes known. */
const FUNCTION_GRACE_MS = 2000;

/** How long the runner gets to process what has arrived. */
const DRAIN_GRACE_MS = 60_000;

export interface LocalRunOptions {
  /** Folder for the database and the logs, made where it does not exist. */
  dataDir: string;
  symbols: readonly string[];
  alarmMode: AlarmMode;
  /** The shape of the quote API, by the name of the function's quote source. */
  quoteSource: string;
  /** The quote API; the simulator where there is none. */
  quoteUrl?: string | undefined;
  quoteTokenFile?: string | undefined;
  /** Of the dashboard, on loopback; 0 for a free one. */
  port: number;
  /** Of the simulator's prices. */
  seed: number;
  /** Names other than loopback's under which the dashboard is served. */
  allowHost: readonly string[];
}

/** What happens in a run, for a display. */
export interface LocalRunEvents {
  onCommitted: (committed: Committed) => void;
  onRankings: (rankings: readonly WindowRanking[]) => void;
  /** Something that a person should know, in one line. */
  onNotice: (notice: string) => void;
}

/** The whole pipeline on this machine: every part that is deployed, joined by the real protocols. */
export class LocalRun {
  /** The parts that have been started, and where each is to be found. */
  readonly parts: { name: string; where: string }[] = [];
  readonly #options: LocalRunOptions;
  readonly #events: LocalRunEvents;
  /** How to end what has been started, in the order of the starts. */
  readonly #closers: (() => unknown)[] = [];
  #pubsubHost = '';

  private constructor(options: LocalRunOptions, events: LocalRunEvents) {
    this.#options = options;
    this.#events = events;
  }

  /** @throws {OperationalError} if a part does not start; those that had are ended again */
  static async start(options: LocalRunOptions, events: LocalRunEvents): Promise<LocalRun> {
    const run = new LocalRun(options, events);
    try {
      await run.#start();
      return run;
    } catch (error) {
      await run.stop();
      throw error;
    }
  }

  /** Ends it: no more quotes, those that have arrived are processed, then everything is closed. */
  async stop(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }

  /** Starts what the data flows to before what it comes from, and so ends in the order of the flow. */
  async #start(): Promise<void> {
    // Google's clients look for a metadata server, and complain where there is none, unless they are told not to.
    process.env.METADATA_SERVER_DETECTION ??= 'none';
    makeFolder(this.#logs);
    this.#pubsubHost = process.env.PUBSUB_EMULATOR_HOST || (await this.#startPubSub());
    this.parts.push({ name: 'Pub/Sub', where: this.#pubsubHost });
    const pubsub = new PubSub({
      projectId: PROJECT_ID,
      apiEndpoint: this.#pubsubHost,
      emulatorMode: true,
    });
    this.#closers.push(() => pubsub.close());
    const ports = { fanOut: await freePort(), iexApi: await freePort() };
    await createTopology(pubsub, resolutions, {
      fanOut: functionUrl(ports.fanOut),
      iexApi: functionUrl(ports.iexApi),
    });

    await this.#startRunner();
    const quoteUrl = this.#options.quoteUrl ?? (await this.#startSimulator());
    this.parts.push({ name: 'Quote API', where: quoteUrl });
    await this.#startFunctions(ports, quoteUrl);
    this.#startAlarm(pubsub);
  }

  /** @returns host and port of the emulator */
  async #startPubSub(): Promise<string> {
    const emulator = await startPubSubEmulator();
    this.#closers.push(() => emulator.close());
    return emulator.host;
  }

  /** @returns its URL */
  async #startSimulator(): Promise<string> {
    const simulator = await startQuoteSimulator({ seed: this.#options.seed });
    this.#closers.push(() => simulator.close());
    return simulator.urlFor(this.#options.quoteSource);
  }

  async #startFunctions(ports: Record<FunctionTarget, number>, quoteUrl: string): Promise<void> {
    const { quoteSource, quoteTokenFile, symbols } = this.#options;
    await Promise.all([
      this.#startFunction('fanOut', ports.fanOut, {
        INGEST_TOPIC: TOPICS.ingest,
        TICKERS_PER_MESSAGE: String(Math.ceil(symbols.length / MOST_LOOPS)),
      }),
      this.#startFunction('iexApi', ports.iexApi, {
        AGGREGATE_TOPIC: TOPICS.aggregate,
        QUOTE_SOURCE: quoteSource,
        QUOTE_API_URL: quoteUrl,
        // Set or empty, so that nothing of this process's own environment is taken.
        QUOTE_API_TOKEN_FILE: quoteTokenFile ?? '',
        QUOTE_API_TOKEN: this.#options.quoteUrl || quoteTokenFile ? '' : SIMULATOR_TOKEN,
      }),
    ]);
    this.parts.push({ name: 'Function fanOut', where: functionUrl(ports.fanOut) });
    this.parts.push({ name: 'Function iexApi', where: functionUrl(ports.iexApi) });
  }

  async #startFunction(target: FunctionTarget, port: number, env: NodeJS.ProcessEnv) {
    const child = functionProcess(target, port, this.#child(target, env));
    this.#closers.push(() => child.stop(FUNCTION_GRACE_MS));
    await untilFunctionListens(child, port);
  }

  async #startRunner(): Promise<void> {
    const database = join(this.#options.dataDir, 'iex.duckdb');
    const port = this.#options.port || (await freePort());
    const allowedHosts = this.#options.allowHost;
    const config: RunnerConfig = {
      projectId: PROJECT_ID,
      database,
      resolutions,
      port,
      allowedHosts,
    };
    let becomeReady = (_dashboardUrl: string) => {};
    const ready = new Promise<string>((resolve) => {
      becomeReady = resolve;
    });
    const child = new Child({
      ...this.#child('runner', {}),
      args: [RUNNER, JSON.stringify(config)],
      onMessage: (message) => {
        const told = message as RunnerMessage;
        if (told.type === 'ready') becomeReady(told.dashboardUrl);
        else if (told.type === 'committed') this.#events.onCommitted(told);
        else this.#events.onRankings(told.rankings);
      },
    });
    const dashboardUrl = await child.untilReady(ready);
    this.#closers.push(() => {
      child.send({ type: 'drain' } satisfies DrainMessage);
      return child.untilEnded(DRAIN_GRACE_MS);
    });
    this.parts.push({ name: 'Database', where: database });
    this.parts.push({ name: 'Dashboard', where: dashboardUrl });
  }

  #startAlarm(pubsub: PubSub): void {
    const { alarmMode, symbols } = this.#options;
    const messages = alarmMessages(alarmMode, symbols, TOPICS);
    const alarm = () =>
      Promise.all(messages.map(({ topic, json }) => pubsub.topic(topic).publishMessage({ json })));
    const stop = startScheduler(
      alarm,
      (error) => this.#events.onNotice(`The alarm could not be published: ${error.message}`),
      systemClock,
    );
    this.#closers.push(stop);
  }

  get #logs(): string {
    return join(this.#options.dataDir, 'logs');
  }

  /** What the processes of all parts have in common. */
  #child(name: string, env: NodeJS.ProcessEnv): Omit<ChildOptions, 'args'> {
    return {
      name,
      env: { GOOGLE_CLOUD_PROJECT: PROJECT_ID, PUBSUB_EMULATOR_HOST: this.#pubsubHost, ...env },
      logFile: join(this.#logs, `${name}.log`),
      onRestart: (why) =>
        this.#events.onNotice(`${name} ended (${why}) and is being started again`),
    };
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new OperationalError(`${folder} cannot be made: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
