import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type * as beam from '../../sdk/beam';
import { Job } from '../portable/job';
import { inEnvironment, pipelineProto } from '../portable/pipeline-proto';
import { type Capacity, Cluster } from './cluster';
import { archiveClasses } from './java';
import { type FlinkJobOptions, startJobServer } from './job-server';
import { PART_STEPS } from './part-steps';
import { processEnvironment } from './worker-environment';

/** A job on Flink, and the processes that this machine runs for it. */
export type FlinkJob = Awaited<ReturnType<typeof startFlinkJob>>;

/**
 * Starts a job on all free slots.
 *
 * @param expand builds the pipeline
 * @param options pipeline options in snake case
 * @param mostTasks how many tasks have something to do
 * @throws {OperationalError} if Java or Maven is missing, the cluster cannot take the job or Flink
 *   refuses it
 */
export async function startFlinkJob(
  { folder, master }: FlinkJobOptions,
  expand: (root: beam.Root) => void,
  options: Readonly<Record<string, string | number | boolean>> = {},
  mostTasks = Number.POSITIVE_INFINITY,
) {
  const cluster = master === undefined ? undefined : new Cluster(master);
  const { slots, slotsPerTaskManager } = (await cluster?.capacity()) ?? thisMachine();
  const name = basename(folder);
  const environment = await processEnvironment(folder);
  const proto = await pipelineProto(expand);
  const server = await startJobServer({ folder, master });
  try {
    const job = await Job.submit({
      endpoint: server.address,
      name,
      pipeline: inEnvironment(proto, environment),
      options: {
        job_name: name,
        parallelism: Math.min(slots, mostTasks),
        // A worker is one thread of JavaScript.
        sdk_worker_parallelism: slotsPerTaskManager,
        ...options,
      },
      modules: [PART_STEPS],
    });
    return {
      /** How many tasks can run at once. */
      slots,
      /**
       * Resolves when the job is done. The first one on this machine takes some seconds longer, so
       * that the next ones start faster.
       *
       * @throws {JobError} if it failed or was cancelled, or the job server has ended
       */
      async untilDone(): Promise<void> {
        await job.untilDone();
        if (!cluster) await archiveClasses(server.pid);
      },
      /** Cancels the job if it is running, and stops the processes that were started for it. */
      async stop(): Promise<void> {
        // If the cluster does not respond, there is nothing to cancel.
        await cluster?.cancel(name).catch(() => undefined);
        job.close();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function thisMachine(): Capacity {
  const slots = availableParallelism();
  return { slots, slotsPerTaskManager: slots };
}
