import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PubSub } from '@google-cloud/pubsub';
import { until } from 'iex-cli/until';
import { aggregateSubscription } from 'iex-contract';
import { type QuoteSimulator, startQuoteSimulator } from 'iex-local/quote-simulator/index';
import { type PubSubEmulator, startPubSubEmulator } from 'iex-pubsub-emulator';
import { Command } from '../command.js';
import { queryDatabase } from '../database.js';
import { childrenOf } from '../processes.js';
import type { Happened, RowGroup } from './account.js';
import { Audit } from './audit.js';
import { CuttableProxy } from './cuttable-proxy.js';
import type { Connection, Disturbance, ProcessName } from './faults.js';
import { SmallDisk } from './small-disk.js';

/** How a process is recognised by its command line. */
const COMMAND_LINES: Record<ProcessName, string> = {
  fanOut: '--target=fanOut',
  iexApi: '--target=iexApi',
  runner: 'runner-process.js',
};

/** How long the pipeline may take to start, and a killed process to be there again, in ms. */
const START_MS = 60_000;
const RESTART_MS = 20_000;

/** How many bytes an acknowledgement of a burst has at least; everything else sends much less. */
const ACKNOWLEDGEMENT_BYTES = 5000;

/** How long a runner may take to acknowledge a burst, in ms: it may have been killed or paused. */
const BURST_MS = 3000;

export interface SystemOptions {
  /** An empty folder. */
  folder: string;
  symbols: readonly string[];
  resolutions: readonly number[];
  seed: number;
  durationMs: number;
  /** How long the runner may keep a message before it is delivered again, in s. */
  ackDeadlineSeconds: number;
}

interface Parts {
  audit: Audit;
  disk: SmallDisk | undefined;
  database: string;
  command: Command;
  emulator: PubSubEmulator;
  simulator: QuoteSimulator;
  proxies: Record<Connection, CuttableProxy>;
}

/**
 * `npm start` with everything around it in this process: a Pub/Sub emulator and a quote API, which
 * it reaches through connections that can be cut.
 */
export class System {
  readonly happened: Happened[] = [];
  /** When the first alarm was due, in ms since the Unix epoch. */
  start = 0;
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  get audit(): Audit {
    return this.#parts.audit;
  }

  /** Whether the data folder has a disk of its own. */
  get hasDisk(): boolean {
    return this.#parts.disk !== undefined;
  }

  static async start(options: SystemOptions): Promise<System> {
    const { folder, symbols, seed } = options;
    const dataDir = join(folder, 'data');
    mkdirSync(dataDir, { recursive: true });
    const disk = SmallDisk.mount(dataDir);
    const emulator = await startPubSubEmulator();
    const audit = await Audit.start(emulator.host);
    const simulator = await startQuoteSimulator({ seed });
    const proxies = {
      pubsub: await CuttableProxy.start(Number(emulator.host.split(':').at(-1))),
      api: await CuttableProxy.start(Number(new URL(simulator.url).port)),
    };
    const quoteUrl = new URL(simulator.urlFor('iex'));
    quoteUrl.port = String(proxies.api.port);
    const token = join(folder, 'token');
    writeFileSync(token, 'simulated:token');
    const command = new Command(
      'local/dist/start.js',
      [
        ...['--data-dir', dataDir, '--port', '0', '--symbols', symbols.join()],
        ...['--quote-url', quoteUrl.href.replace(/\/$/, ''), '--quote-token-file', token],
      ],
      { PUBSUB_EMULATOR_HOST: `127.0.0.1:${proxies.pubsub.port}` },
      { timeoutMs: options.durationMs + 5 * 60_000 },
    );
    const database = join(dataDir, 'market.duckdb');
    const system = new System({ audit, disk, database, command, emulator, simulator, proxies });
    try {
      await command.untilPrinted(/running/, START_MS);
      system.start = Date.now();
      await system.#setAckDeadline(options);
    } catch (error) {
      await system.close();
      throw error;
    }
    return system;
  }

  /** Does what a disturbance says, and undoes it after its duration. */
  async disturb(disturbance: Disturbance): Promise<void> {
    const start = Date.now();
    const entry: Happened = { disturbance, start, end: Number.POSITIVE_INFINITY };
    this.happened.push(entry);
    switch (disturbance.kind) {
      case 'kill': {
        if (disturbance.burst) await this.#burst();
        const killed = this.#pidOf(disturbance.process);
        if (killed !== undefined) process.kill(killed, 'SIGKILL');
        const isBack = () => ![killed, undefined].includes(this.#pidOf(disturbance.process));
        await until(isBack, { pollMs: 100, timeoutMs: RESTART_MS });
        break;
      }
      case 'pause': {
        const paused = this.#pidOf(disturbance.process);
        if (paused === undefined) break;
        process.kill(paused, 'SIGSTOP');
        await delay(disturbance.durationMs);
        // It may have been killed.
        if (this.#pidOf(disturbance.process) === paused) process.kill(paused, 'SIGCONT');
        break;
      }
      case 'api':
        this.#parts.simulator.setFault(disturbance.fault, disturbance.symbol);
        await delay(disturbance.durationMs);
        this.#parts.simulator.setFault(undefined, disturbance.symbol);
        break;
      case 'cut':
        this.#parts.proxies[disturbance.connection].cut();
        await delay(disturbance.durationMs);
        this.#parts.proxies[disturbance.connection].restore();
        break;
      case 'malformed':
        await this.audit.publish(disturbance.topic, disturbance.data);
        break;
      case 'repeat':
        await this.audit.repeatLast();
        break;
      case 'disk':
        this.#parts.disk?.fill();
        await delay(disturbance.durationMs);
        this.#parts.disk?.free();
        break;
    }
    entry.end = Date.now();
  }

  /** Ends `npm start` in order, and resolves to its exit code. */
  async stop(): Promise<number | string> {
    this.#parts.command.process.kill('SIGTERM');
    return await this.#parts.command.untilExited();
  }

  /** The rows in the database, of each quote and resolution; after {@link stop}. */
  async rowGroups(): Promise<RowGroup[]> {
    return await queryDatabase<RowGroup>(
      this.#parts.database,
      `SELECT symbol, epoch_ms(event_time) "eventTime", resolution_minutes "resolutionMinutes",
         count(*) "rows", count(DISTINCT window_end) windows
       FROM iex.quote GROUP BY ALL`,
    );
  }

  /** How many messages the pipeline has put aside; after {@link stop}. */
  async deadLetterRows(): Promise<number> {
    const [found] = await queryDatabase<{ n: number }>(
      this.#parts.database,
      'SELECT count(*) n FROM iex.dead_letter',
    );
    return found?.n ?? 0;
  }

  async close(): Promise<void> {
    await this.#parts.command.kill();
    for (const proxy of Object.values(this.#parts.proxies)) await proxy.close();
    await this.audit.close();
    await this.#parts.simulator.close();
    await this.#parts.emulator.close();
    this.#parts.disk?.unmount(`${dirname(this.#parts.database)}-kept`);
  }

  #pidOf(name: ProcessName): number | undefined {
    const children = childrenOf(this.#parts.command.process.pid);
    return children.find(({ args }) => args.includes(COMMAND_LINES[name]))?.pid;
  }

  /**
   * Publishes many quotes, and resolves when a pipeline of the runner acknowledges them. The others
   * have pulled them by then, but not yet committed their rows.
   */
  async #burst(): Promise<void> {
    const { pubsub } = this.#parts.proxies;
    const before = pubsub.bytesSent;
    await this.audit.publishBurst();
    const isAcknowledged = () => pubsub.bytesSent > before + ACKNOWLEDGEMENT_BYTES;
    await until(isAcknowledged, { pollMs: 1, timeoutMs: BURST_MS });
  }

  async #setAckDeadline({ resolutions, ackDeadlineSeconds }: SystemOptions): Promise<void> {
    const pubsub = new PubSub({
      projectId: 'iex-local',
      apiEndpoint: this.#parts.emulator.host,
      emulatorMode: true,
    });
    for (const resolution of resolutions) {
      const subscription = pubsub.subscription(aggregateSubscription(resolution));
      await subscription.setMetadata({ ackDeadlineSeconds });
    }
    await pubsub.close();
  }
}
