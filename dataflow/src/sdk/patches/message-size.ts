import 'apache-beam';
import { requireAsSdk } from './sdk-dependencies';

const NO_LIMIT = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };

const channel = requireAsSdk(
  '@grpc/grpc-js/build/src/channel',
) as typeof import('@grpc/grpc-js/build/src/channel');

/**
 * By default gRPC refuses a message of more than 4 MB, on which the SDK's worker hangs forever.
 * Runners set no limit: one element may have 10 MB. The SDK passes no options to its connections,
 * and gRPC has no defaults that can be set.
 */
class UnlimitedChannel extends channel.ChannelImplementation {
  constructor(
    ...[target, credentials, options]: ConstructorParameters<typeof channel.ChannelImplementation>
  ) {
    super(target, credentials, { ...NO_LIMIT, ...options });
  }
}
Object.assign(channel, { ChannelImplementation: UnlimitedChannel });
