/** Statuses of gRPC: https://grpc.io/docs/guides/status-codes */
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

const LOGIN = 'run `gcloud auth application-default login`';

/**
 * Says in one line why a request to Pub/Sub failed, and what to do.
 *
 * @param cause error of Google's client
 * @param name of the topic or subscription
 * @param notFound what to say if it does not exist
 * @param denied what the account may not do, and the roles for that
 */
export function explanation(
  cause: Error & { code?: number; details?: string },
  name: string,
  { notFound, denied }: { notFound: string; denied: string },
): string {
  const [reason = ''] = (cause.details || cause.message).split('\n');
  if (reason.startsWith('Could not load the default credentials'))
    return `No application default credentials: ${LOGIN}`;
  if (cause.code === UNAUTHENTICATED) return `The credentials are not valid: ${LOGIN} (${reason})`;
  if (cause.code === NOT_FOUND) return notFound;
  return `${name}: ${cause.code === PERMISSION_DENIED ? `the account may not ${denied}` : reason}`;
}
