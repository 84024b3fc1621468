/** The Dataflow jobs that a deployment starts. */
import { OperationalError } from 'iex-cli';
import { ApiError, type Service } from './google.js';
import { pause } from './pause.js';
import type { Step } from './steps.js';

const POLL_MS = 5000;

/** How long a job may take to start. It usually takes one to three minutes. */
const START_MS = 15 * 60_000;

/** How many of a job's errors are shown. */
const SHOWN_ERRORS = 3;

/** https://cloud.google.com/dataflow/docs/reference/rest/v1b3/projects.jobs#jobstate */
const STARTING = new Set(['JOB_STATE_UNKNOWN', 'JOB_STATE_PENDING', 'JOB_STATE_QUEUED']);

/** Where jobs are, and how long to wait for them. */
export interface JobWait {
  project: string;
  region: string;
  signal: AbortSignal;
  pollMs?: number;
  startMs?: number;
}

interface JobMessages {
  jobMessages?: { messageText?: string; time?: string }[];
}

/**
 * Waits until a job is running.
 *
 * @param id that Dataflow gave it
 * @returns the first errors that its service or its workers have logged by then; none if all is well
 * @throws {OperationalError} if it ends instead, does not start in time, or cannot be read
 */
export async function untilRunning(
  dataflow: Service,
  id: string,
  step: Step,
  { project, region, signal, pollMs = POLL_MS, startMs = START_MS }: JobWait,
): Promise<string[]> {
  const path = `projects/${project}/locations/${region}/jobs/${id}`;
  const deadline = performance.now() + startMs;
  let errors: string[] = [];
  for (;;) {
    signal.throwIfAborted();
    const state = await stateOf(dataflow, path);
    errors = await errorsOf(dataflow, path);
    if (state === 'JOB_STATE_RUNNING') {
      step.done(errors.length > 0 ? `running, with errors: ${errors[0]}` : 'running');
      return errors;
    }
    const shown = state.replace('JOB_STATE_', '').toLowerCase();
    if (!STARTING.has(state)) {
      step.done(`${shown}, not running`);
      throw new OperationalError(`Job ${id} is ${shown} instead of running`, details(errors));
    }
    if (performance.now() > deadline) {
      throw new OperationalError(
        `Job ${id} is still ${shown} after ${startMs / 60_000} minutes: look at its page`,
        details(errors),
      );
    }
    step.say(errors.at(-1) ?? shown);
    await pause(pollMs, signal);
  }
}

const details = (errors: readonly string[]) => ({ details: errors.join('\n') });

/** A job that was started a moment ago may not be known yet, and a request may fail once. */
async function stateOf(dataflow: Service, path: string): Promise<string> {
  try {
    const { currentState } = await dataflow.request<{ currentState?: string }>(path);
    return currentState ?? 'JOB_STATE_UNKNOWN';
  } catch (error) {
    if (isPassing(error)) return 'JOB_STATE_UNKNOWN';
    throw new OperationalError(`Cannot read the state of the job: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The first errors, in the order in which they were logged. */
async function errorsOf(dataflow: Service, path: string): Promise<string[]> {
  try {
    const query = 'messages?minimumImportance=JOB_MESSAGE_ERROR';
    const { jobMessages = [] } = await dataflow.request<JobMessages>(`${path}/${query}`);
    const texts = jobMessages
      .toSorted((a, b) => (a.time ?? '').localeCompare(b.time ?? ''))
      .map(({ messageText = '' }) => messageText.trim().split('\n')[0] ?? '');
    return [...new Set(texts)].slice(0, SHOWN_ERRORS);
  } catch (error) {
    // They are shown if they can be read; the state decides.
    if (error instanceof ApiError) return [];
    throw error;
  }
}

const isPassing = (error: unknown) =>
  error instanceof ApiError &&
  (error.status === 0 || error.status === 404 || error.status === 429 || error.status >= 500);
