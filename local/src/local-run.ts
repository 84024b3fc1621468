import { join } from 'node:path';
import type { PubSub } from '@google-cloud/pubsub';
import { systemClock } from 'iex-cli/clock';
import { createFolder } from 'iex-cli/create-folder';
import { freePort } from 'iex-cli/free-port';
import { TOPICS } from 'iex-contract';
import { resolutions } from 'iex-contract/infrastructure';
import type { WindowRanking } from 'iex-dashboard/market-data/market-data';
import { startPubSubEmulator } from 'iex-pubsub-emulator';
import type { ChildOptions } from './child-process.js';
import { databaseFile } from './database-file.js';
import { type Environment, partEnvironment } from './environment.js';
import {
  type FunctionTarget,
  functionProcess,
  functionUrl,
  untilFunctionListens,
} from './function-process.js';
import { type FunctionOptions, functionSettings } from './function-settings.js';
import { makeHistory, publishHistory } from './history.js';
import { LogTail } from './log-tail.js';
import { checkedPubSubHost, pubsubClient } from './pubsub-host.js';
import { startQuoteSimulator } from './quote-simulator/index.js';
import { createPrices } from './quote-simulator/prices.js';
import { watchQuotes } from './quote-watch.js';
import type { Committed } from './runner/protocol.js';
import { type Runner, startRunner } from './runner/runner-child.js';
import { type AlarmMode, alarmMessages, startScheduler } from './scheduler.js';
import { createTopology } from './topology.js';

const PROJECT_ID = 'iex-local';

const TARGETS: readonly FunctionTarget[] = ['fanOut', 'iexApi'];

/**
 * How long a function may take to end, in ms. A loop that is interrupted is repeated, and its
 * quotes are recognised.
 */
const FUNCTION_GRACE_MS = 2000;

export interface LocalRunOptions extends FunctionOptions {
  /** Folder for the database and the logs, created if it does not exist. */
  dataDir: string;
  alarmMode: AlarmMode;
  /** Of the dashboard, on loopback; 0 for a free one. */
  port: number;
  /** Of the simulator's prices. */
  seed: number;
  /** How many minutes before the start the quotes of an empty database begin; 0 without the simulator. */
  history: number;
  /** Names other than loopback's under which the dashboard is served. */
  allowHost: readonly string[];
}

/** What happens in a run, for a display. */
export interface LocalRunEvents {
  onCommitted: (committed: Committed) => void;
  onRankings: (rankings: readonly WindowRanking[]) => void;
  /** Something that the user should know, in one line. */
  onNotice: (notice: string) => void;
}

/** The whole pipeline on this machine: all deployed parts, joined by the real protocols. */
export class LocalRun {
  /** The parts that have been started, and their addresses. */
  readonly parts: { name: string; where: string }[] = [];
  readonly #options: LocalRunOptions;
  readonly #events: LocalRunEvents;
  /** End the parts, in the order in which these were started. */
  readonly #closers: (() => unknown)[] = [];
  #pubsubHost = '';
  #watch: ReturnType<typeof watchQuotes> | undefined;

  private constructor(options: LocalRunOptions, events: LocalRunEvents) {
    this.#options = options;
    this.#events = events;
  }

  /** @throws {OperationalError} if a part does not start; those that did are ended again */
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

  /** Requests no more quotes, processes those that have arrived, then closes everything. */
  async stop(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }

  /**
   * Starts each part before the parts that send data to it, so that they end in the order of the
   * flow.
   */
  async #start(): Promise<void> {
    createFolder(this.#logs);
    this.#pubsubHost = await this.#startPubSub();
    this.parts.push({ name: 'Pub/Sub', where: this.#pubsubHost });
    const pubsub = pubsubClient(PROJECT_ID, this.#pubsubHost);
    this.#closers.push(() => pubsub.close());
    const ports = { fanOut: await freePort(), iexApi: await freePort() };
    await createTopology(pubsub, resolutions, {
      fanOut: functionUrl(ports.fanOut),
      iexApi: functionUrl(ports.iexApi),
    });

    const runner = await this.#startRunner();
    this.#watch = this.#watchQuotes(runner);
    const quoteUrl = this.#options.quoteUrl ?? (await this.#startSimulator());
    this.parts.push({ name: 'Quote API', where: quoteUrl });
    await Promise.all([
      this.#startFunctions(ports, quoteUrl),
      runner.isDatabaseEmpty && this.#publishHistory(pubsub),
    ]);
    this.#startAlarm(pubsub);
  }

  async #publishHistory(pubsub: PubSub): Promise<void> {
    const { symbols, seed, history: minutes, quoteUrl } = this.#options;
    if (minutes === 0 || quoteUrl !== undefined) return;
    const history = makeHistory(symbols, createPrices(seed), Date.now(), minutes);
    this.#events.onNotice(await publishHistory(pubsub, history));
  }

  /** @returns host and port of the emulator */
  async #startPubSub(): Promise<string> {
    const { PUBSUB_EMULATOR_HOST: otherHost } = this.#options.shell;
    if (otherHost) return await checkedPubSubHost(PROJECT_ID, otherHost);
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
    const settings = functionSettings(this.#options, quoteUrl);
    await Promise.all(
      TARGETS.map(async (target) => {
        const child = functionProcess(target, ports[target], this.#child(target, settings[target]));
        this.#closers.push(() => child.stop(FUNCTION_GRACE_MS));
        await untilFunctionListens(child, ports[target]);
      }),
    );
    for (const target of TARGETS) {
      this.parts.push({ name: `Function ${target}`, where: functionUrl(ports[target]) });
    }
  }

  async #startRunner(): Promise<Runner> {
    const { dataDir, allowHost: allowedHosts } = this.#options;
    const database = databaseFile(dataDir);
    const port = this.#options.port || (await freePort());
    const runner = await startRunner(
      { projectId: PROJECT_ID, database, resolutions, port, allowedHosts },
      this.#child('runner'),
      (message) => {
        if (message.type === 'rankings') return this.#events.onRankings(message.rankings);
        if (message.type === 'notice') return this.#events.onNotice(message.notice);
        this.#watch?.arrived(message.quotes);
        this.#events.onCommitted(message);
      },
    );
    this.#closers.push(() => runner.drain());
    this.parts.push({ name: 'Database', where: database });
    this.parts.push({ name: 'Dashboard', where: runner.dashboardUrl });
    return runner;
  }

  #watchQuotes(runner: Runner) {
    const logs = [...TARGETS, 'runner'].map((part) => [part, new LogTail(this.#log(part))]);
    const watch = watchQuotes(
      {
        logs: Object.fromEntries(logs),
        logFolder: this.#logs,
        onNotice: (notice) => {
          runner.notify(notice);
          this.#events.onNotice(notice ?? 'Quotes arrive again.');
        },
      },
      systemClock,
    );
    this.#closers.push(() => watch.stop());
    return watch;
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

  #log(part: string): string {
    return join(this.#logs, `${part}.log`);
  }

  /** The options that the processes of all parts share. */
  #child(name: string, own: Environment = {}): Omit<ChildOptions, 'args'> {
    return {
      name,
      env: partEnvironment(this.#options.shell, {
        GOOGLE_CLOUD_PROJECT: PROJECT_ID,
        PUBSUB_EMULATOR_HOST: this.#pubsubHost,
        ...own,
      }),
      logFile: this.#log(name),
      onRestart: (reason) =>
        this.#events.onNotice(`${name} ended (${reason}) and is being started again`),
    };
  }
}
