import { UsageError } from 'iex-cli/errors';
import { minuteList } from 'iex-cli/flag-values';
import { parseFlags } from 'iex-cli/parse-flags';
import { userPath } from 'iex-cli/user-path';
import { resolutions as deployedResolutions } from 'iex-contract/infrastructure';
import { chosenRunner, RUNNER_FLAGS, type RunnerChoice } from '../runner-flags.js';

export const STREAM_HELP = `Usage: npm run stream -- --subscription projects/P/subscriptions/S --database FILE.duckdb [--runner flink]

Runs the pipeline over the messages of a Pub/Sub subscription until Ctrl-C, and adds its rows to a DuckDB file: schema iex,
tables quote and dead_letter, views top_stocks and percentage_gain. A message is acknowledged only after its rows are in
the file, and its rows are there once however often it is delivered, even if processes or machines fail.

The subscription is Google Cloud's, with your application default credentials, or the emulator's if PUBSUB_EMULATOR_HOST
is set. No other program may read it.

  --subscription NAME       projects/P/subscriptions/S
  --database FILE           the DuckDB file; created if it does not exist
  --resolutions N,N         lengths of the sliding windows in minutes; default: ${deployedResolutions.join()}
  --runner direct|flink     what the pipeline runs on; default: direct
  --flink-master HOST:PORT  REST address of the JobManager of a Flink 1.19 session cluster; without it, Flink runs on
                            this machine, for this stream
  --help                    this text

The direct runner works in this one process. With flink, worker processes on all of the machine's processors, or on all
free slots of a cluster, make the rows. It needs Java 17 and Maven, which downloads Flink the first time. A cluster's
machines must have this project, and the folder of the database, at the same paths.`;

const SUBSCRIPTION = /^projects\/([^/]+)\/subscriptions\/[^/]+$/;

export interface StreamOptions extends RunnerChoice {
  projectId: string;
  /** projects/P/subscriptions/S */
  subscription: string;
  /** Absolute path. */
  database: string;
  /** Lengths of the sliding windows, in minutes. */
  resolutions: readonly number[];
}

/**
 * Reads the command line of `npm run stream`.
 *
 * @returns undefined if it asks for help
 * @throws {UsageError} if a flag is missing or wrong
 */
export function parseStreamOptions(argv: readonly string[]): StreamOptions | undefined {
  const { values } = parseFlags(argv, {
    subscription: { type: 'string' },
    database: { type: 'string' },
    resolutions: { type: 'string', default: deployedResolutions.join() },
    ...RUNNER_FLAGS,
    help: { type: 'boolean' },
  });
  if (values.help) return undefined;
  const { subscription, database } = values;
  if (!subscription) throw new UsageError('--subscription projects/P/subscriptions/S is missing');
  const [, projectId] = SUBSCRIPTION.exec(subscription) ?? [];
  if (!projectId)
    throw new UsageError(`--subscription takes projects/P/subscriptions/S, not '${subscription}'`);
  if (!database)
    throw new UsageError('--database FILE.duckdb is missing: the file that the rows are added to');
  return {
    ...chosenRunner(values),
    projectId,
    subscription,
    database: userPath(database),
    resolutions: minuteList('--resolutions', values.resolutions),
  };
}
