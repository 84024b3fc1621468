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
import { Reader } from 'protobufjs';
import { JobError } from './job-error';
import { workerModules } from './worker-modules';

const COUNTER = 'beam:metric:user:sum_int64:v1';

const ENDED = new Set([State.DONE, State.FAILED, State.CANCELLED, State.UPDATED, State.DRAINED]);

/** A JSON value, as pipeline options are sent. */
type Option = string | number | boolean | readonly string[];

export interface JobRequest {
  /** Of the job service, HOST:PORT. */
  endpoint: string;
  name: string;
  /** None of its environments may need files: they are not staged. */
  pipeline: PipelineProto;
  /** Pipeline options in snake case, `sdk_worker_parallelism` for instance. */
  options?: Readonly<Record<string, Option>>;
  /** Modules with steps around the pipeline, which its workers can require by these names. */
  modules?: readonly string[];
}

/**
 * A job on a runner that offers Beam's job service
 * (https://github.com/apache/beam/blob/v2.49.0/model/job-management/src/main/proto/org/apache/beam/model/job_management/v1/beam_job_api.proto).
 * The SDK's own client waits forever where a service wants no files, polls, and does not tell why a job failed.
 */
export class Job {
  readonly id: string;
  readonly #client: JobServiceClient;
  readonly #transport: GrpcTransport;
  readonly #ended: Promise<State>;
  /** What the runner says of errors; the last is the root of the trouble. */
  readonly #errors: string[] = [];

  private constructor(id: string, client: JobServiceClient, transport: GrpcTransport) {
    this.id = id;
    this.#client = client;
    this.#transport = transport;
    this.#ended = this.#follow();
    // Whoever waits for the end is told; nobody may.
    this.#ended.catch(() => undefined);
  }

  /**
   * Hands a pipeline to the runner; resolves when the job is under way.
   *
   * @throws {JobError} if the service does not answer, or refuses the pipeline
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
      throw new JobError(`the runner refuses job ${name}: ${firstLine((error as Error).message)}`, {
        cause: error,
      });
    }
  }

  /**
   * Resolves when the job has done all.
   *
   * @throws {JobError} if it failed or was cancelled
   */
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

  /**
   * The counters of all steps by name, those of one name added up: of the work that is committed so far, which on Flink is
   * none until the job is done.
   */
  async counters(): Promise<Map<string, number>> {
    const { metrics } = await this.#client.getJobMetrics({ jobId: this.id }).response;
    const counters = new Map<string, number>();
    for (const { urn, labels, payload } of metrics?.committed ?? []) {
      if (urn !== COUNTER) continue;
      const name = labels.NAME ?? '';
      counters.set(name, (counters.get(name) ?? 0) + Number(Reader.create(payload).int64()));
    }
    return counters;
  }

  /** Lets go of the connection. The job goes on. */
  close(): void {
    this.#transport.close();
  }

  /** Reads what the runner tells, which begins with the job, until its end. */
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
      throw new JobError(`the job service is gone: ${firstLine((error as Error).message)}`, {
        cause: error,
      });
    }
    throw new JobError('the job service no longer tells of the job');
  }

  #note({ importance, messageText }: JobMessage): void {
    if (importance === Importance.JOB_MESSAGE_ERROR) this.#errors.push(firstLine(messageText));
  }
}

/** A message without the stack traces that runners put below and into it. */
function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}
