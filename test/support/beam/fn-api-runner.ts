// First, because it patches the SDK that is imported next.
import 'iex-dataflow';
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import type {
  Elements,
  Elements_Data,
  GetProcessBundleDescriptorRequest,
  InstructionRequest,
  InstructionResponse,
  LogControl,
  LogEntry,
  LogEntry_List,
  ProcessBundleDescriptor,
} from 'apache-beam/proto/beam_fn_api';
import {
  beamFnControlDefinition,
  beamFnDataDefinition,
  beamFnLoggingDefinition,
} from 'apache-beam/proto/beam_fn_api.grpc-server';
import { addUnknownFields, addUnknownFieldsToPayloads } from './unknown-fields.js';

type Call<Received, Sent> = grpc.ServerDuplexStream<Received, Sent>;

/** The output of a bundle: the data of each sink, and whether its end mark has arrived. */
type Output = Map<string, { data: Uint8Array[]; ended: boolean }>;

/** A value that exists, or will exist. */
class Pending<T> {
  resolve!: (value: T) => void;
  readonly value = new Promise<T>((resolve) => {
    this.resolve = resolve;
  });
}

/**
 * A runner for one worker, played by a test over Beam's Fn API
 * (https://github.com/apache/beam/blob/v2.49.0/model/fn-execution/src/main/proto/org/apache/beam/model/fn_execution/v1/beam_fn_api.proto).
 * The test chooses the order and the division of messages. It has no state service, because no step
 * of the pipeline reads state: a worker that asks for it fails.
 */
export class FnApiRunner {
  /** Where the worker connects to, HOST:PORT. */
  readonly endpoint: string;
  /** What the worker has logged. */
  readonly logs: LogEntry[] = [];
  /** Worker IDs with which it has called, by method. */
  readonly workerIds: Record<string, string | undefined> = {};
  /** Whether every message gets fields that no worker knows. */
  newerBeam = false;
  readonly #server: grpc.Server;
  readonly #relay: Server;
  readonly #sockets = new Set<Socket>();
  readonly #descriptors = new Map<string, ProcessBundleDescriptor>();
  readonly #responses = new Map<string, Pending<InstructionResponse>>();
  readonly #outputs = new Map<string, Output>();
  #control = new Pending<Call<InstructionResponse, InstructionRequest>>();
  #data = new Pending<Call<Elements, Elements>>();
  #logging = new Pending<Call<LogEntry_List, LogControl>>();
  readonly #events = new EventEmitter().setMaxListeners(0);

  private constructor(server: grpc.Server, relay: Server) {
    this.#server = server;
    this.#relay = relay;
    this.endpoint = `localhost:${(relay.address() as AddressInfo).port}`;
  }

  static async start(): Promise<FnApiRunner> {
    const server = new grpc.Server({
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('localhost:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    // So that connections can be cut.
    const relay = createServer().listen(0, 'localhost');
    await once(relay, 'listening');
    const runner = new FnApiRunner(server, relay);
    relay.on('connection', (socket) => runner.#forward(socket, port));
    runner.#serve();
    return runner;
  }

  #forward(socket: Socket, port: number): void {
    const target = connect(port, 'localhost');
    socket.pipe(target).pipe(socket);
    for (const end of [socket, target]) {
      this.#sockets.add(end);
      end.on('error', () => undefined);
      end.on('close', () => {
        socket.destroy();
        target.destroy();
      });
    }
  }

  #serve(): void {
    this.#server.addService(beamFnControlDefinition, {
      control: (call: Call<InstructionResponse, InstructionRequest>) => {
        this.#greet('control', call);
        call.on('data', (response: InstructionResponse) => {
          this.#pendingResponse(response.instructionId).resolve(response);
        });
        this.#control.resolve(call);
      },
      getProcessBundleDescriptor: (
        call: grpc.ServerUnaryCall<GetProcessBundleDescriptorRequest, ProcessBundleDescriptor>,
        callback: grpc.sendUnaryData<ProcessBundleDescriptor>,
      ) => {
        this.#greet('getProcessBundleDescriptor', call);
        const id = call.request.processBundleDescriptorId;
        const descriptor = this.#descriptors.get(id);
        if (!descriptor) return callback({ code: grpc.status.NOT_FOUND, details: `no ${id}` });
        callback(null, this.#outgoing(descriptor));
      },
    });
    this.#server.addService(beamFnDataDefinition, {
      data: (call: Call<Elements, Elements>) => {
        this.#greet('data', call);
        call.on('data', ({ data }: Elements) => {
          for (const part of data) this.#receive(part);
          this.#events.emit('output');
        });
        this.#data.resolve(call);
      },
    });
    this.#server.addService(beamFnLoggingDefinition, {
      logging: (call: Call<LogEntry_List, LogControl>) => {
        this.#greet('logging', call);
        call.on('data', ({ logEntries }: LogEntry_List) => this.logs.push(...logEntries));
        this.#logging.resolve(call);
      },
    });
  }

  #greet(
    method: string,
    call: Pick<grpc.ServerUnaryCall<unknown, unknown>, 'metadata'> & EventEmitter,
  ) {
    this.workerIds[method] = call.metadata.get('worker_id')[0]?.toString();
    call.on('error', () => undefined);
  }

  #receive({ instructionId, transformId, data, isLast }: Elements_Data): void {
    const output: Output = this.#outputs.get(instructionId) ?? new Map();
    this.#outputs.set(instructionId, output);
    const sink = output.get(transformId) ?? { data: [], ended: false };
    output.set(transformId, sink);
    if (sink.ended) throw new Error(`${instructionId}: data after the end mark of ${transformId}`);
    sink.data.push(data);
    sink.ended = isLast;
  }

  #pendingResponse(id: string): Pending<InstructionResponse> {
    const pending = this.#responses.get(id) ?? new Pending<InstructionResponse>();
    this.#responses.set(id, pending);
    return pending;
  }

  #outgoing<T extends object>(message: T): T {
    return this.newerBeam ? addUnknownFields(message) : message;
  }

  /** The description that workers get when they request it. */
  describe(descriptor: ProcessBundleDescriptor): void {
    if (this.newerBeam) addUnknownFieldsToPayloads(descriptor);
    this.#descriptors.set(descriptor.id, descriptor);
  }

  /** Resolves when the worker has connected. */
  async untilConnected(): Promise<void> {
    await this.#control.value;
  }

  /** Sends a request; resolves to the worker's response. */
  async request(
    instructionId: string,
    request: InstructionRequest['request'],
  ): Promise<InstructionResponse> {
    const response = this.#pendingResponse(instructionId);
    (await this.#control.value).write(this.#outgoing({ instructionId, request }));
    const received = await response.value;
    this.#responses.delete(instructionId);
    return received;
  }

  /** Begins a bundle; resolves to the worker's response. */
  async startBundle(instructionId: string, descriptorId: string): Promise<InstructionResponse> {
    return await this.request(instructionId, {
      oneofKind: 'processBundle',
      processBundle: { processBundleDescriptorId: descriptorId, cacheTokens: [] },
    });
  }

  /** Sends one message with data, when the worker has connected for data. */
  async send(...data: Elements_Data[]): Promise<void> {
    (await this.#data.value).write(this.#outgoing({ data, timers: [] }));
  }

  /** Whether the worker has sent anything for a bundle that was not fetched. */
  hasOutput(bundleId: string): boolean {
    return this.#outputs.has(bundleId);
  }

  /** Resolves to the output of a bundle, when the end marks of all its sinks have arrived. */
  async output(bundleId: string, sinks: readonly string[]): Promise<Map<string, Uint8Array[]>> {
    const output = () => this.#outputs.get(bundleId);
    while (!sinks.every((sink) => output()?.get(sink)?.ended)) await once(this.#events, 'output');
    const data = sinks.map((sink): [string, Uint8Array[]] => [
      sink,
      output()?.get(sink)?.data ?? [],
    ]);
    this.#outputs.delete(bundleId);
    return new Map(data);
  }

  /** Ends streams in an orderly way. */
  async end(...streams: ('control' | 'data' | 'logging')[]): Promise<void> {
    const calls = { control: this.#control, data: this.#data, logging: this.#logging };
    for (const stream of streams) (await calls[stream].value).end();
  }

  /** Cuts all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.forceShutdown();
    this.#relay.close();
  }
}
