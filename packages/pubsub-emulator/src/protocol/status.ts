import { resourceId } from './resource-names.js';
import { type StatusCode, status } from './status-codes.js';

/**
 * An error that the client sees as a gRPC status, or as the HTTP status for it. The messages are
 * the service's if these are known.
 */
export class PubSubError extends Error {
  override readonly name = 'PubSubError';
  readonly code: StatusCode;
  readonly info: ErrorInfo | undefined;

  constructor(code: StatusCode, message: string, options?: ErrorOptions & { info?: ErrorInfo }) {
    super(message, options);
    this.code = code;
    this.info = options?.info;
  }
}

/** The details of an error that programs read: https://cloud.google.com/apis/design/errors */
export interface ErrorInfo {
  readonly reason: string;
  readonly domain: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** NOT_FOUND for the topic or subscription with the full name `name`. */
export function notFound(name: string): PubSubError {
  return new PubSubError(status.NOT_FOUND, `Resource not found (resource=${resourceId(name)}).`);
}

/** ALREADY_EXISTS for the topic or subscription with the full name `name`. */
export function alreadyExists(name: string): PubSubError {
  return new PubSubError(
    status.ALREADY_EXISTS,
    `Resource already exists in the project (resource=${resourceId(name)}).`,
  );
}

export function invalidArgument(message: string, options?: ErrorOptions): PubSubError {
  return new PubSubError(status.INVALID_ARGUMENT, message, options);
}

/**
 * A part of a request that must be there.
 *
 * @param what its name: `topic to update`
 * @throws {PubSubError} INVALID_ARGUMENT if it is not set
 */
export function required<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined || value === '') {
    throw invalidArgument(`The ${what} is missing.`);
  }
  return value;
}

export function failedPrecondition(message: string): PubSubError {
  return new PubSubError(status.FAILED_PRECONDITION, message);
}

/** ABORTED: the caller may start again from a fresh read. */
export function aborted(message: string): PubSubError {
  return new PubSubError(status.ABORTED, message);
}

/** NOT_FOUND, for what is published to a topic whose schema was deleted. */
export function schemaDeleted(): PubSubError {
  return new PubSubError(status.NOT_FOUND, 'The schema of the topic has been deleted.');
}

export function resourceExhausted(message: string): PubSubError {
  return new PubSubError(status.RESOURCE_EXHAUSTED, message);
}

/**
 * UNIMPLEMENTED for a feature of the real service that the emulator does not have.
 *
 * @param reason a clause: `it encrypts nothing`
 */
export function unimplemented(feature: string, reason: string): PubSubError {
  return new PubSubError(
    status.UNIMPLEMENTED,
    `The Pub/Sub emulator does not implement ${feature}: ${reason}.`,
  );
}

/** UNAVAILABLE: the emulator is closing. */
export function unavailable(): PubSubError {
  return new PubSubError(status.UNAVAILABLE, 'The Pub/Sub emulator is shutting down.');
}

/**
 * Converts a thrown value to a status: INTERNAL, a defect of the emulator, unless it is a
 * PubSubError.
 */
export function toPubSubError(thrown: unknown): PubSubError {
  if (thrown instanceof PubSubError) return thrown;
  return new PubSubError(status.INTERNAL, `Defect in the Pub/Sub emulator: ${thrown}`, {
    cause: thrown,
  });
}
