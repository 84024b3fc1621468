/**
 * A worker as a runner starts it (https://s.apache.org/beam-fn-api-container-contract): it asks the
 * runner for its settings, and becomes the SDK's worker. It exits when its standard input is
 * closed, that is when the process that started it has ended.
 */
import '../../sdk/beam';
import { parseArgs } from 'node:util';
import { ChannelCredentials } from '@grpc/grpc-js';
import { GrpcTransport } from '@protobuf-ts/grpc-transport';
import { ProvisionServiceClient } from 'apache-beam/proto/beam_provision_api.client';
import { Struct } from 'apache-beam/proto/google/protobuf/struct';

async function main(): Promise<void> {
  process.stdin.on('close', () => process.exit()).resume();
  const { id: givenId, provision_endpoint } = parseArgs({
    options: { id: { type: 'string' }, provision_endpoint: { type: 'string' } },
    // Runners pass further options.
    strict: false,
  }).values;

  // Prism quotes the ID as for a shell, but does not use one.
  const id = String(givenId).replace(/^'(.*)'$/, '$1');
  const transport = new GrpcTransport({
    host: String(provision_endpoint),
    channelCredentials: ChannelCredentials.createInsecure(),
    meta: { worker_id: id },
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
