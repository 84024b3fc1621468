/**
 * A worker as a runner starts it (https://s.apache.org/beam-fn-api-container-contract): asks what it is to do, and becomes
 * the SDK's worker. It ends with the process that started it, of which standard input is the sign of life: the SDK's worker
 * would wait on for days.
 */
import '../../sdk/beam';
import { parseArgs } from 'node:util';
import { ChannelCredentials } from '@grpc/grpc-js';
import { GrpcTransport } from '@protobuf-ts/grpc-transport';
import { ProvisionServiceClient } from 'apache-beam/proto/beam_provision_api.client';
import { Struct } from 'apache-beam/proto/google/protobuf/struct';

async function main(): Promise<void> {
  process.stdin.on('close', () => process.exit()).resume();
  const { id, provision_endpoint } = parseArgs({
    options: { id: { type: 'string' }, provision_endpoint: { type: 'string' } },
    // Runners give more.
    strict: false,
  }).values;

  const transport = new GrpcTransport({
    host: String(provision_endpoint),
    channelCredentials: ChannelCredentials.createInsecure(),
    meta: { worker_id: String(id) },
  });
  const { info } = await new ProvisionServiceClient(transport).getProvisionInfo({}).response;
  transport.close();
  const options = info?.pipelineOptions ? Struct.toJson(info.pipelineOptions) : {};
  process.argv.splice(
    2,
    Number.POSITIVE_INFINITY,
    `--id=${id}`,
    `--control_endpoint=${info?.controlEndpoint?.url}`,
    `--logging_endpoint=${info?.loggingEndpoint?.url}`,
    `--options=${JSON.stringify(options)}`,
  );
  await import('apache-beam/worker/worker_main');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
