// First, because it patches the SDK that is imported next.
import 'iex-dataflow';
import { type Coder, Context } from 'apache-beam/coders/coders';
import { PaneInfoCoder } from 'apache-beam/coders/standard_coders';
import { PipelineContext } from 'apache-beam/internal/pipeline';
import {
  type Elements_Data,
  type InstructionResponse,
  type ProcessBundleDescriptor,
  RemoteGrpcPort,
} from 'apache-beam/proto/beam_fn_api';
import { GlobalWindow, type WindowedValue } from 'apache-beam/values';
import Long from 'long';
import { Reader, Writer } from '../../unit/dataflow/beam-protobuf.js';
// Registers the coder of rows.
import 'iex-dataflow/src/sdk/row-coder';
import { FnApiRunner } from './fn-api-runner.js';
import { WorkerProcess } from './staged-worker.js';
import {
  type DescriptionOptions,
  describeStage,
  SOURCE,
  type Stage,
  sinksOf,
  tableOf,
} from './stages.js';

const COUNTER = 'beam:metric:user:sum_int64:v1';

/** When elements that have no time of their own were published, in ms since the epoch. */
export const PUBLISHED_MS = Date.UTC(2026, 10, 22, 9, 0, 0, 123);

/** A stage that the worker can be asked to run. */
export interface DescribedStage {
  stage: Stage;
  id: string;
  sinks: string[];
  /** Encodes an element, as the runner sends it. */
  encode: (value: unknown) => Uint8Array;
  /** Decodes the elements of a message to a sink. */
  decode: (sink: string, data: Uint8Array) => unknown[];
}

/** Sends the elements of a bundle and its end mark. */
export type Deliver = (bundle: BundleInput) => Promise<void>;

export interface BundleInput {
  elements: readonly Uint8Array[];
  /** A piece of the bundle's data. */
  piece: (data?: Uint8Array, isLast?: boolean) => Elements_Data;
  /** Sends pieces in one message. */
  send: (...pieces: Elements_Data[]) => Promise<void>;
}

export interface BundleResult {
  response: InstructionResponse;
  /** The elements of each sink, by the table that they are for. */
  output: Record<string, unknown[]>;
  /** How many bytes each message to a sink had. */
  messageBytes: number[];
}

/** All data and the end mark in one message. */
export const atOnce: Deliver = async ({ elements, piece, send }) =>
  await send(piece(Buffer.concat(elements)), piece(undefined, true));

export interface SessionOptions {
  node: string;
  app: string;
  /** Pipeline options, as the runner hands them over. */
  options: object;
  /** Options of Node.js. */
  nodeOptions?: readonly string[];
  /** See {@link FnApiRunner.newerBeam}. */
  newerBeam?: boolean;
}

/** A worker and the runner that it works for. */
export class WorkerSession {
  readonly runner: FnApiRunner;
  readonly worker: WorkerProcess;
  #bundles = 0;

  private constructor(runner: FnApiRunner, worker: WorkerProcess) {
    this.runner = runner;
    this.worker = worker;
  }

  /** Starts both; resolves when the worker has connected. */
  static async start(options: SessionOptions): Promise<WorkerSession> {
    const { node, app, nodeOptions, newerBeam = false } = options;
    const runner = await FnApiRunner.start();
    runner.newerBeam = newerBeam;
    const worker = new WorkerProcess(node, app, runner.endpoint, options.options, nodeOptions);
    const session = new WorkerSession(runner, worker);
    await session.unlessEnded(runner.untilConnected());
    return session;
  }

  /** The same promise, but rejected if the worker ends first. */
  async unlessEnded<T>(promise: Promise<T>): Promise<T> {
    const ended = this.worker.ended.then((how) => {
      throw new Error(`the worker has ended (${how}):\n${this.worker.printed}`);
    });
    return await Promise.race([promise, ended]);
  }

  describe(stage: Stage, options: Partial<DescriptionOptions> = {}): DescribedStage {
    const id = `${stage.job} ${stage.steps[0]} ${JSON.stringify(options)}`;
    const descriptor = describeStage(stage, { id, dataEndpoint: this.runner.endpoint, ...options });
    const coders = codersOf(descriptor);
    this.runner.describe(descriptor);
    return {
      stage,
      id,
      sinks: sinksOf(descriptor),
      encode: (value) => {
        const writer = new Writer();
        coders(SOURCE).encode(inGlobalWindow(value), writer as never, Context.needsDelimiters);
        return writer.finish();
      },
      decode: (sink, data) => {
        const reader = new Reader(data);
        const values: unknown[] = [];
        const coder = coders(sink);
        while (reader.pos < reader.len)
          values.push(coder.decode(reader as never, Context.needsDelimiters).value);
        return values;
      },
    };
  }

  /** An ID that no bundle has had. */
  nextId(): string {
    return `bundle-${++this.#bundles}`;
  }

  /** The input of a bundle, for a test to send. */
  input(bundleId: string, elements: readonly Uint8Array[]): BundleInput {
    return {
      elements,
      piece: (data = new Uint8Array(), isLast = false) => ({
        instructionId: bundleId,
        transformId: SOURCE,
        data,
        isLast,
      }),
      send: (...pieces) => this.unlessEnded(this.runner.send(...pieces)),
    };
  }

  /** Asks the worker to run a bundle; resolves to its response. */
  async startBundle(bundleId: string, { id }: DescribedStage): Promise<InstructionResponse> {
    return await this.unlessEnded(this.runner.startBundle(bundleId, id));
  }

  /**
   * Resolves to the output of a bundle.
   *
   * @throws if the worker responds with an error
   */
  async result(
    bundleId: string,
    described: DescribedStage,
    answer: Promise<InstructionResponse>,
  ): Promise<BundleResult> {
    const response = await answer;
    if (response.error) throw new Error(`${bundleId}: ${response.error}`);
    const bytes = await this.unlessEnded(this.runner.output(bundleId, described.sinks));
    const output = [...bytes].map(([sink, data]) => [
      tableOf(sink),
      data.flatMap((message) => described.decode(sink, message)),
    ]);
    const messageBytes = [...bytes.values()].flat().map(({ length }) => length);
    return { response, output: Object.fromEntries(output), messageBytes };
  }

  /** Runs a bundle to its end. */
  async run(
    described: DescribedStage,
    values: readonly unknown[],
    deliver: Deliver = atOnce,
  ): Promise<BundleResult> {
    const id = this.nextId();
    const answer = this.startBundle(id, described);
    await deliver(this.input(id, values.map(described.encode)));
    return await this.result(id, described, answer);
  }

  async stop(): Promise<void> {
    await this.worker.stop();
    await this.runner.stop();
  }
}

/** The coders that the source and the sinks of a description have. */
function codersOf(descriptor: ProcessBundleDescriptor) {
  const context = new PipelineContext(descriptor, '');
  return (step: string): Coder<WindowedValue<unknown>> => {
    const { spec } = descriptor.transforms[step] ?? {};
    return context.getCoder(RemoteGrpcPort.fromBinary(spec?.payload ?? Buffer.of()).coderId);
  };
}

const inGlobalWindow = (value: unknown): WindowedValue<unknown> => ({
  value,
  windows: [new GlobalWindow()],
  pane: PaneInfoCoder.ONE_AND_ONLY_FIRING,
  timestamp: Long.fromNumber(PUBLISHED_MS),
});

/** The counters that a bundle reports; those of the same name are added up. */
export function countersOf({ response }: InstructionResponse): Record<string, number> {
  const counters: Record<string, number> = {};
  const { monitoringInfos } =
    response.oneofKind === 'processBundle' ? response.processBundle : { monitoringInfos: [] };
  for (const { urn, labels, payload } of monitoringInfos) {
    const { NAME, PTRANSFORM } = labels;
    if (urn !== COUNTER || !NAME || !PTRANSFORM) continue;
    counters[NAME] = (counters[NAME] ?? 0) + Number(new Reader(payload).int64());
  }
  return counters;
}
