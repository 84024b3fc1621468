import 'apache-beam';
import type { ClientDuplexStream, StatusObject } from '@grpc/grpc-js';
import { BeamFnControlClient, BeamFnDataClient } from 'apache-beam/proto/beam_fn_api.grpc-client';

/** The SDK sends log messages every 100 ms. */
const LOG_MS = 500;

/** gRPC's status of a stream that its server has ended in an orderly way. */
const OK = 0;

/** Whether the runner has no more work for this process. */
let isDone = false;

/**
 * A worker is useless without its connections, but the SDK only logs that the data connection has
 * failed, and waits for days after the runner has ended the control connection. If the runner ends
 * the control connection, the work is done. In all other cases the process exits with an error, so
 * that the runner starts another worker.
 */
function exitWith<Sent, Received>(
  name: string,
  stream: ClientDuplexStream<Sent, Received>,
): ClientDuplexStream<Sent, Received> {
  // Without a listener, an error would end the process before the log is sent. A status follows
  // each error.
  stream.on('error', () => undefined);
  stream.on('status', ({ code, details }: StatusObject) => {
    isDone ||= name === 'control' && code === OK;
    if (!isDone)
      console.error(`The ${name} connection has ended: ${details} (gRPC status ${code})`);
    // After the last log messages have been sent.
    setTimeout(() => process.exit(isDone ? 0 : 1), LOG_MS);
  });
  return stream;
}

const { control } = BeamFnControlClient.prototype;
BeamFnControlClient.prototype.control = function (...args) {
  return exitWith('control', control.apply(this, args));
};

const { data } = BeamFnDataClient.prototype;
BeamFnDataClient.prototype.data = function (...args) {
  return exitWith('data', data.apply(this, args));
};
