import { UsageError } from 'iex-cli/errors';

const RUNNERS = ['direct', 'flink'] as const;

/** What a pipeline runs on. */
export interface RunnerChoice {
  runner: (typeof RUNNERS)[number];
  /** REST address of a Flink session cluster, HOST:PORT; without it, Flink runs on this machine. */
  master: string | undefined;
}

/** The flags with which commands choose a runner, for `parseFlags`. */
export const RUNNER_FLAGS = {
  runner: { type: 'string', default: 'direct' },
  'flink-master': { type: 'string' },
} as const;

/** @throws {UsageError} if a flag is wrong */
export function chosenRunner(values: {
  runner: string;
  'flink-master'?: string | undefined;
}): RunnerChoice {
  const { runner: name, 'flink-master': master } = values;
  const runner = RUNNERS.find((known) => known === name);
  if (!runner)
    throw new UsageError(`--runner '${name}' is unknown; choose ${RUNNERS.join(' or ')}`);
  if (master !== undefined && runner !== 'flink')
    throw new UsageError('--flink-master requires --runner flink');
  if (master !== undefined && !/^[^\s:/]+:\d+$/.test(master))
    throw new UsageError(`--flink-master '${master}' is not of the form HOST:PORT`);
  return { runner, master };
}
