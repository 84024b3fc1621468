// First, because it patches what is imported next.
import 'iex-dataflow';
import { EventEmitter, once } from 'node:events';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import {
  type GetJobMetricsResponse,
  type JobMessagesResponse,
  JobService,
  type PrepareJobRequest,
} from 'apache-beam/proto/beam_job_api';

/** A method that responds to a request, or refuses it with the error that it throws. */
function unary<Request>(answer: (request: Request) => object): UntypedHandleCall {
  return (call: ServerUnaryCall<Request, object>, respond: sendUnaryData<object>) => {
    try {
      respond(null, answer(call.request));
    } catch (error) {
      respond({ details: (error as Error).message, code: status.INVALID_ARGUMENT });
    }
  };
}

/**
 * A job service that accepts or refuses every job, and sends the messages that a test specifies.
 */
export class FakeJobService {
  /** HOST:PORT */
  readonly address: string;
  readonly prepared: PrepareJobRequest[] = [];
  /** Why it refuses every job, if it does. */
  refusal: string | undefined;
  metrics: GetJobMetricsResponse['metrics'];
  readonly #server: Server;
  readonly #followers = new EventEmitter();
  #stream: ServerWritableStream<unknown, JobMessagesResponse> | undefined;

  static async start(): Promise<FakeJobService> {
    const server = new Server();
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('localhost:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    return new FakeJobService(server, port);
  }

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.address = `localhost:${port}`;
    const prepare = unary((request: PrepareJobRequest) => {
      this.prepared.push(request);
      if (this.refusal) throw new Error(this.refusal);
      return { preparationId: 'prepared', stagingSessionToken: '' };
    });
    const run = unary(() => ({ jobId: 'job' }));
    const getJobMetrics = unary(() => ({ metrics: this.metrics }));
    const getMessageStream = (stream: ServerWritableStream<unknown, JobMessagesResponse>) => {
      this.#stream = stream;
      this.#followers.emit('follower');
    };
    server.addService(definition(), { prepare, run, getJobMetrics, getMessageStream });
  }

  /** Sends a message to the client that follows the job, once there is one. */
  async tell(...responses: JobMessagesResponse['response'][]): Promise<void> {
    if (!this.#stream) await once(this.#followers, 'follower');
    for (const response of responses) this.#stream?.write({ response });
  }

  /** Sends no more messages. */
  async hangUp(): Promise<void> {
    await this.tell();
    this.#stream?.end();
  }

  close(): void {
    this.#server.forceShutdown();
  }
}

/** The service's definition for the server, with the methods that our client calls. */
function definition(): ServiceDefinition {
  const called = ['prepare', 'run', 'getJobMetrics', 'getMessageStream'];
  return Object.fromEntries(
    JobService.methods
      .filter(({ localName }) => called.includes(localName))
      .map(({ name, localName, serverStreaming, I, O }) => [
        localName,
        {
          path: `/${JobService.typeName}/${name}`,
          requestStream: false,
          responseStream: Boolean(serverStreaming),
          requestSerialize: (value: object) => Buffer.from(I.toBinary(value)),
          requestDeserialize: (bytes: Buffer) => I.fromBinary(bytes),
          responseSerialize: (value: object) => Buffer.from(O.toBinary(O.create(value))),
          responseDeserialize: (bytes: Buffer) => O.fromBinary(bytes),
        },
      ]),
  );
}
