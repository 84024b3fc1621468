/** The statuses that the emulator responds with: https://grpc.io/docs/guides/status-codes */
export const status = {
  OK: 0,
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;

export type StatusName = keyof typeof status;
export type StatusCode = (typeof status)[StatusName];

const NAMES = new Map(Object.entries(status).map(([name, code]) => [code, name as StatusName]));

/** `NOT_FOUND` for 5. */
export function statusName(code: StatusCode): StatusName | undefined {
  return NAMES.get(code);
}
