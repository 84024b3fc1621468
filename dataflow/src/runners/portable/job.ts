import { ChannelCredentials } from '@grpc/grpc-js';
import { GrpcTransport } from '@protobuf-ts/grpc-transport';
import {
  JobMessage_MessageImportance as Importance,
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

export type Job = Awaited<ReturnType<typeof submitJob>>;

/**
 * Hands a pipeline to a runner that offers Beam's job service
 * (https://github.com/apache/beam/blob/v2.49.0/model/job-management/src/main/proto/org/apache/beam/model/job_management/v1/beam_job_api.proto);
 * resolves when the job has started. It replaces the SDK's client, which waits forever if a service
 * needs no files, polls for the state, and does not say why a job failed.
 *
 * @throws {JobError} if the service does not respond, or rejects the pipeline
 */
export async function submitJob({
  endpoint,
  name,
  pipeline,
  options = {},
  modules = [],
}: JobRequest) {
  const transport = new GrpcTransport({
    host: endpoint,
    channelCredentials: ChannelCredentials.createInsecure(),
  });
  const client = new JobServiceClient(transport);
  const all = {
    // How this project's job server finds the jars that a cluster needs; other runners ignore it.
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
    const { jobId: id } = await client.run({ preparationId, retrievalToken: '' }).response;
    const done = untilDone(client, id);
    // The error is for callers that wait for the end; it is not unhandled if there are none.
    done.catch(() => undefined);
    return {
      id,
      /** @throws {JobError} if the job failed or was cancelled, or the connection is lost */
      untilDone: () => done,
      /** Closes the connection. The job continues. */
      close: () => transport.close(),
    };
  } catch (error) {
    transport.close();
    throw jobError(`the runner rejected job ${name}`, error as Error);
  }
}

async function untilDone(client: JobServiceClient, jobId: string): Promise<void> {
  let state: State | undefined;
  /** The runner's last error message, which has the cause. */
  let why: string | undefined;
  try {
    for await (const { response } of client.getMessageStream({ jobId }).responses) {
      if (response.oneofKind === 'messageResponse') {
        const { importance, messageText } = response.messageResponse;
        if (importance === Importance.JOB_MESSAGE_ERROR) why = firstLine(messageText);
      } else if (response.oneofKind === 'stateResponse') {
        state = response.stateResponse.state;
        if (ENDED.has(state)) break;
      }
    }
  } catch (error) {
    throw jobError('lost the connection to the job service', error as Error);
  }
  if (state === State.DONE) return;
  if (state === undefined || !ENDED.has(state))
    throw new JobError('the job service ended its messages before the job');
  throw new JobError(
    state === State.CANCELLED ? 'the job was cancelled' : `the job failed: ${why ?? State[state]}`,
  );
}

const jobError = (what: string, cause: Error) =>
  new JobError(`${what}: ${firstLine(cause.message)}`, { cause });

/** A message without the stack trace that runners append to it. */
function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}
