/** Statuses of gRPC: https://grpc.io/docs/guides/status-codes */
export const NOT_FOUND = 5;
export const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

const LOGIN = 'run `gcloud auth application-default login`';

/**
 * Says in one line why a request to Pub/Sub failed, and what to do.
 *
 * @param cause error of Google's client
 * @param name of the topic or subscription
 * @param messages what to say for a status of gRPC
 */
export function explanation(
  cause: Error & { code?: number; details?: string },
  name: string,
  messages: Readonly<Record<number, string>>,
): string {
  const [reason = ''] = (cause.details || cause.message).split('\n');
  if (reason.startsWith('Could not load the default credentials'))
    return `No application default credentials: ${LOGIN}`;
  if (cause.code === UNAUTHENTICATED) return `The credentials are not valid: ${LOGIN} (${reason})`;
  return messages[cause.code ?? -1] ?? `${name}: ${reason}`;
}
