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
const STARTING = new Set([
  'JOB_STATE_UNKNOWN',
  // "The job has not yet started to run."
  'JOB_STATE_STOPPED',
  'JOB_STATE_PENDING',
  'JOB_STATE_QUEUED',
]);

/** A job that was started. */
export interface StartedJob {
  name: string;
  /** The ID that Dataflow gave it. */
  id: string;
}

/** Where jobs are, and how long to wait for them. */
export interface JobWait {
  project: string;
  region: string;
  signal: AbortSignal;
  pollMs?: number;
  startMs?: number;
}

/** A job, with those fields that are used here. */
interface Job {
  currentState?: string;
  /** ID of the job that replaced this one, if it was updated. */
  replacedByJobId?: string;
}

interface JobMessages {
  jobMessages?: { messageText?: string; time?: string }[];
}

/**
 * Waits until a job is running.
 *
 * @returns the first errors that its service or its workers have logged by then; empty if there are
 *   none
 * @throws {OperationalError} if it ends instead, does not start in time, or cannot be read
 */
export async function untilRunning(
  dataflow: Service,
  { name, id: firstId }: StartedJob,
  step: Step,
  { project, region, signal, pollMs = POLL_MS, startMs = START_MS }: JobWait,
): Promise<string[]> {
  const pathOf = (id: string) => `projects/${project}/locations/${region}/jobs/${id}`;
  let path = pathOf(firstId);
  const deadline = performance.now() + startMs;
  for (;;) {
    signal.throwIfAborted();
    const { currentState: state = 'JOB_STATE_UNKNOWN', replacedByJobId } = await jobAt(
      dataflow,
      path,
    );
    if (replacedByJobId) {
      path = pathOf(replacedByJobId);
      continue;
    }
    const errors = await errorsOf(dataflow, path);
    if (state === 'JOB_STATE_RUNNING') {
      step.done(errors.length > 0 ? `running, with errors: ${errors[0]}` : 'running');
      return errors;
    }
    const shown = state.replace('JOB_STATE_', '').toLowerCase();
    const hasEnded = !STARTING.has(state);
    if (hasEnded) step.done(`${shown}, not running`);
    if (hasEnded || performance.now() > deadline) {
      const time = hasEnded ? '' : ` within ${startMs / 60_000} minutes`;
      throw new OperationalError(`Job ${name} did not start${time}: its state is ${shown}`, {
        details: errors.join('\n'),
      });
    }
    step.say(errors.at(-1) ?? shown);
    await pause(pollMs, signal);
  }
}

/** A job that was started a moment ago may not be known yet, and a request may fail once. */
async function jobAt(dataflow: Service, path: string): Promise<Job> {
  try {
    return await dataflow.request<Job>(path);
  } catch (error) {
    if (isPassing(error)) return {};
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
