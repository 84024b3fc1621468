import { ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';

/** Writes a line for each call that ends: `gRPC google.pubsub.v1.Publisher/Publish OK`. */
export function logCalls(log: (line: string) => void): ServerInterceptor {
  return ({ path }, call) => {
    let ended = false;
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          // It also comes when the stream of a call that has ended is closed.
          onCancel() {
            if (!ended) log(`gRPC ${path.slice(1)} ${status[status.CANCELLED]} by the client`);
          },
        }),
      sendStatus(outcome, next) {
        ended = true;
        const details = outcome.details ? `: ${outcome.details}` : '';
        log(`gRPC ${path.slice(1)} ${status[outcome.code]}${details}`);
        next(outcome);
      },
    });
  };
}
