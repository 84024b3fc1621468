import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attributes } from '../applied.js';
import { INFRASTRUCTURE } from '../terraform.js';
import type { Settings } from './settings.js';

/**
 * The attributes of resources, by address. A resource may have no others. A text for people is
 * specified by a pattern, so that its wording may change.
 */
export type Specification = Record<string, Attributes>;

/** The resources of a `for_each`, by their keys. */
export function each(
  resource: string,
  keys: readonly string[],
  attributes: (key: string) => Attributes,
): Specification {
  return Object.fromEntries(keys.map((key) => [`${resource}["${key}"]`, attributes(key)]));
}

/** A function of the pipeline. */
export interface FunctionParts {
  /** The topic whose messages it handles. */
  topic: string;
  publishesTo: string;
  entryPoint: string;
}

export const FUNCTIONS: Record<string, FunctionParts> = {
  'iex-fan-out': { topic: 'iex-fan-out', publishesTo: 'iex-ingest', entryPoint: 'fanOut' },
  'iex-api': { topic: 'iex-ingest', publishesTo: 'iex-aggregate', entryPoint: 'iexApi' },
};

/** The functions that are deployed: alarms for single symbols need no fan-out. */
export const functionsOf = ({ alarm_mode }: Settings): string[] =>
  Object.keys(FUNCTIONS).filter((name) => name !== 'iex-fan-out' || alarm_mode === 'fan_out');

/** The topics that feed a function. */
export const fedTopicsOf = (settings: Settings): string[] =>
  functionsOf(settings).map((name) => FUNCTIONS[name]!.topic);

/** Whether there are Dataflow jobs. */
export const hasJobs = ({ window_engine }: Settings): boolean => window_engine !== 'bigquery';

/** Whether Pub/Sub writes the quotes into BigQuery. */
export const hasTicks = ({ window_engine }: Settings): boolean => window_engine !== 'dataflow';

/** The Dataflow jobs; each has a template and a subscription of its own name. */
export function jobsOf(settings: Settings): string[] {
  if (!hasJobs(settings)) return [];
  return settings.dataflow_layout === 'single'
    ? ['iex-aggregate']
    : settings.resolutions.map((minutes) => `iex-aggregate-${minutes}`);
}

/** The subscriptions that write to BigQuery, by their tables. */
export const TICK_SUBSCRIPTIONS = {
  tick: 'iex-aggregate-tick',
  tick_dead_letter: 'iex-aggregate-dead-letter',
};

/** The subscriptions that deliver to a part of the system. */
export const readSubscriptionsOf = (settings: Settings): string[] =>
  [
    ...fedTopicsOf(settings),
    ...jobsOf(settings),
    ...(hasTicks(settings) ? Object.values(TICK_SUBSCRIPTIONS) : []),
  ].toSorted();

// Values of the mocks in infrastructure/tests/mocks.
export const topicId = (name: string) => `projects/test-project/topics/${name}`;
export const emailOf = (account: string) => `${account}@test-project.iam.gserviceaccount.com`;
export const addressOf = (name: string) => `https://${name}-abc-nw.a.run.app`;
export const PROJECT_NUMBER = '123456789012';
export const CHANNEL_ID = 'projects/test-project/notificationChannels/42';
export const REPOSITORY_ID =
  'projects/test-project/locations/europe-west2/repositories/iex-functions';

/**
 * A file below `infrastructure/`, as `templatefile` fills it: the values in it, and its lines that
 * have conditions.
 *
 * @throws {Error} if the file names a value that is not given
 */
export function filled(path: string, values: Record<string, string | number | boolean>): string {
  const given = (name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${path} names the unknown value ${name}`);
    return value;
  };
  return readFileSync(join(INFRASTRUCTURE, path), 'utf8')
    .replaceAll(/%\{ if (\w+) ~\}\n(.*?)%\{ endif ~\}\n/gs, (_, name: string, lines: string) =>
      given(name) ? lines : '',
    )
    .replaceAll(/\$\{(\w+)\}/g, (_, name: string) => String(given(name)));
}
