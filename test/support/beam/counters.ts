import { ChannelCredentials } from '@grpc/grpc-js';
import { GrpcTransport } from '@protobuf-ts/grpc-transport';
import { JobServiceClient } from 'apache-beam/proto/beam_job_api.client';
import { Reader } from 'protobufjs';

const COUNTER = 'beam:metric:user:sum_int64:v1';

/**
 * The counters of a job by name; those of several steps are added up. They cover the work that is
 * committed so far: on Flink, nothing until the job is done.
 *
 * @param endpoint the runner's job service, HOST:PORT
 */
export async function countersOf(endpoint: string, jobId: string): Promise<Record<string, number>> {
  const transport = new GrpcTransport({
    host: endpoint,
    channelCredentials: ChannelCredentials.createInsecure(),
  });
  try {
    const { metrics } = await new JobServiceClient(transport).getJobMetrics({ jobId }).response;
    const counters: Record<string, number> = {};
    for (const { urn, labels, payload } of metrics?.committed ?? []) {
      if (urn !== COUNTER) continue;
      const name = labels.NAME ?? '';
      counters[name] = (counters[name] ?? 0) + Number(Reader.create(payload).int64());
    }
    return counters;
  } finally {
    transport.close();
  }
}
