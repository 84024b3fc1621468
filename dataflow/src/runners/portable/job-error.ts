import { OperationalError } from 'iex-cli';

/** Thrown if a job cannot be run to its end. The message is one line with the runner's reason. */
export class JobError extends OperationalError {
  override name = 'JobError';
}
