import { ChannelCredentials } from '@grpc/grpc-js';
import { GrpcTransport } from '@protobuf-ts/grpc-transport';
import {
  JobMessage_MessageImportance as Importance,
  type JobMessage,
  JobState_Enum as State,
} from 'apache-beam/proto/beam_job_api';
import { JobServiceClient } from 'apache-beam/proto/beam_job_api.client';
import type { Pipeline as PipelineProto } from 'apache-beam/proto/beam_runner_api';
import { Struct } from 'apache-beam/proto/google/protobuf/struct';
import { OperationalError } from 'iex-cli';
import { workerModules } from './worker-modules';

const ENDED = new Set([State.DONE, State.FAILED, State.CANCELLED, State.UPDATED, State.DRAINED]);

/** Thrown if a job cannot be run to its end. The message is one line with the runner's reason. */
export class JobError extends OperationalError {
  override name = 'JobError';
}

/** A JSON value, as pipeline options are sent. */
type Option = string | number | boolean | readonly string[];

export interface JobRequest {
  /** The job service's address, HOST:PORT. */
  endpoint: string;
  name: string;
  /** Its environments must not need files, because none are staged. */
  pipeline: PipelineProto;
  /** Pipeline options in snake case, such as `sdk_worker_parallelism`. */
  options?: Readonly<Record<string, Option>>;
  /** Names by which workers can load further modules with steps. */
  modules?: readonly string[];
}

/**
 * A job on a runner that offers Beam's job service
 * (https://github.com/apache/beam/blob/v2.49.0/model/job-management/src/main/proto/org/apache/beam/model/job_management/v1/beam_job_api.proto).
 * It replaces the SDK's client, which waits forever if a service needs no files, polls for the
 * state, and does not say why a job failed.
 */
export class Job {
  readonly id: string;
  readonly #client: JobServiceClient;
  readonly #transport: GrpcTransport;
  readonly #ended: Promise<State>;
  /** The runner's error messages; the last one has the cause. */
  readonly #errors: string[] = [];

  private constructor(id: string, client: JobServiceClient, transport: GrpcTransport) {
    this.id = id;
    this.#client = client;
    this.#transport = transport;
    this.#ended = this.#follow();
    // The error is for callers that wait for the end; it is not unhandled if there are none.
    this.#ended.catch(() => undefined);
  }

  /**
   * Hands a pipeline to the runner; resolves when the job has started.
   *
   * @throws {JobError} if the service does not respond, or rejects the pipeline
   */
  static async submit({
    endpoint,
    name,
    pipeline,
    options = {},
    modules = [],
  }: JobRequest): Promise<Job> {
    const transport = new GrpcTransport({
      host: endpoint,
      channelCredentials: ChannelCredentials.createInsecure(),
    });
    const client = new JobServiceClient(transport);
    const all = {
      // How our job server for Flink finds the jars that a cluster needs; others ignore it.
      pipeline_resources_detector_factory_class: 'JobServer$Jars',
      ...options,
      registered_node_modules: workerModules(modules),
    };
    try {
      const { preparationId } = await client.prepare({
        jobName: name,
        pipeline,
        pipelineOptions: Struct.fromJson(
          Object.fromEntries(
            Object.entries(all).map(([option, value]) => [`beam:option:${option}:v1`, value]),
          ),
        ),
      }).response;
      const { jobId } = await client.run({ preparationId, retrievalToken: '' }).response;
      return new Job(jobId, client, transport);
    } catch (error) {
      transport.close();
      throw jobError(`the runner rejected job ${name}`, error as Error);
    }
  }

  /** @throws {JobError} if the job failed or was cancelled */
  async untilDone(): Promise<void> {
    const state = await this.#ended;
    if (state === State.DONE) return;
    const why = this.#errors.at(-1);
    throw new JobError(
      state === State.CANCELLED
        ? 'the job was cancelled'
        : `the job failed: ${why ?? State[state]}`,
    );
  }

  /** Closes the connection. The job continues. */
  close(): void {
    this.#transport.close();
  }

  /** Reads the runner's messages until the job has ended; resolves to its last state. */
  async #follow(): Promise<State> {
    try {
      const { responses } = this.#client.getMessageStream({ jobId: this.id });
      for await (const { response } of responses) {
        if (response.oneofKind === 'messageResponse') this.#note(response.messageResponse);
        else if (response.oneofKind === 'stateResponse') {
          if (ENDED.has(response.stateResponse.state)) return response.stateResponse.state;
        }
      }
    } catch (error) {
      throw jobError('lost the connection to the job service', error as Error);
    }
    throw new JobError('the job service ended its messages before the job');
  }

  #note({ importance, messageText }: JobMessage): void {
    if (importance === Importance.JOB_MESSAGE_ERROR) this.#errors.push(firstLine(messageText));
  }
}

const jobError = (what: string, cause: Error) =>
  new JobError(`${what}: ${firstLine(cause.message)}`, { cause });

/** A message without the stack trace that runners append to it. */
function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}
