import { OperationalError } from 'iex-cli';
import type { Service } from '../google.js';
import { pause } from '../pause.js';

/** How long to wait, in ms, before an operation is looked at again, and how often at most. */
const POLL_MS = 250;
const POLLS = 480;

/** A change that goes on after its request: https://cloud.google.com/apis/design/design_patterns */
export interface Operation {
  name: string;
  done?: boolean;
  error?: { message: string };
}

/** @throws {OperationalError} if the operation fails, or does not end within two minutes */
export async function untilDone(
  service: Service,
  begun: Operation,
  signal: AbortSignal,
): Promise<void> {
  let operation = begun;
  for (let i = 0; !operation.done && i < POLLS; i++) {
    await pause(POLL_MS, signal);
    operation = await service.request<Operation>(operation.name);
  }
  if (operation.error) throw new OperationalError(operation.error.message);
  if (!operation.done) throw new OperationalError(`${operation.name} does not end`);
}
