import { ToolError } from '../../tools/tool-error';

/** Thrown where a job could not be run to its end; the message is one line with the runner's reason. */
export class JobError extends ToolError {
  override name = 'JobError';
}
