import { OperationalError, UsageError } from 'iex-cli/errors';
import { positiveNumber } from 'iex-cli/flag-values';
import { userPath } from 'iex-cli/user-path';
import { Input } from '../replay/input/input.js';
import { count, interrupted, progressBar } from '../replay/progress-bar.js';
import { reasonLine } from '../replay/reasons.js';
import { arrivalReport, loadReport } from './arrivals.js';
import { arrivalsInBigQuery } from './bigquery-arrivals.js';
import { arrivalsInDuckDb } from './duckdb-arrivals.js';
import { type Load, newLoad, publishLoad } from './load.js';
import { type PublishProgress, publishFile } from './publish-file.js';
import { openTopic, type TopicPublisher } from './topic-publisher.js';

/** In the project's folder: which files have been published to which topics. */
const PROGRESS_FOLDER = '.local/published';

/** The flags of `npm run replay` that belong to publishing. */
export interface PublishFlags {
  topic: string;
  rate?: string | undefined;
  symbols?: string | undefined;
  duration?: string | undefined;
  project?: string | undefined;
  dataset?: string | undefined;
  database?: string | undefined;
}

/**
 * Publishes a file of quotes, or quotes that are made up, to a topic.
 *
 * @param file path, or `-`; undefined for quotes that are made up
 * @param emulatorHost host and port of an emulator; without it, the cloud
 * @returns the exit code
 * @throws {OperationalError} if publishing fails
 */
export async function publish(
  file: string | undefined,
  flags: PublishFlags,
  signal: AbortSignal,
  emulatorHost = process.env.PUBSUB_EMULATOR_HOST,
): Promise<number> {
  const rate = flags.rate === undefined ? undefined : positiveNumber('--rate', flags.rate);
  const isLoad = flags.symbols !== undefined;
  if (isLoad === (file !== undefined)) {
    throw new UsageError(
      'With --topic, name either a file of quotes or --symbols N for a load test',
    );
  }
  if (
    !isLoad &&
    (flags.duration ?? flags.project ?? flags.dataset ?? flags.database) !== undefined
  ) {
    throw new UsageError(
      '--duration, --project, --dataset and --database with --topic are for --symbols N',
    );
  }
  // The search for credentials would wait seconds for an address that only Google's machines have.
  process.env.METADATA_SERVER_DETECTION ??= 'bios-only';
  const publisher = await openTopic(flags.topic, emulatorHost);
  try {
    return file === undefined
      ? await runLoad(publisher, flags, rate, signal)
      : await runBackfill(publisher, file, flags.topic, rate, signal);
  } finally {
    await publisher.close();
  }
}

async function runBackfill(
  publisher: TopicPublisher,
  file: string,
  topic: string,
  rate: number | undefined,
  signal: AbortSignal,
): Promise<number> {
  const openInput = () => new Input(file === '-' ? file : userPath(file));
  const bar = progressBar('{lines} lines  {published} published');
  bar.start(openInput().size, 0, { lines: 0, published: 0 });
  try {
    const progress = await publishFile(openInput, topic, publisher, PROGRESS_FOLDER, {
      rate,
      signal,
      onProgress: ({ bytes, lines, published }) => bar.update(bytes, { lines, published }),
    });
    bar.stop();
    if (!progress) throw new OperationalError(`${openInput().name} has no quotes`);
    for (const line of summary(progress)) console.log(line);
    if (signal.aborted) return interrupted();
    return progress.published + progress.skipped > 0 ? 0 : 1;
  } finally {
    bar.stop();
  }
}

function summary({ lines, published, skipped, refused, reasons }: PublishProgress): string[] {
  const reason = reasonLine(reasons, refused, 'refused lines');
  return [
    `${count(lines, 'lines')}: ${count(published, 'published')}, ${count(refused, 'refused')}, ${count(skipped, 'published by earlier runs')}`,
    ...(reason ? [reason] : []),
    ...(published === 0 && skipped > 0
      ? [`To publish them again, for example to another emulator, delete ${PROGRESS_FOLDER}.`]
      : []),
    ...(published > 0
      ? [
          'If a quote was published before, Dataflow drops it within 10 minutes; after that, it makes rows again, which the views count once.',
        ]
      : []),
  ];
}

async function runLoad(
  publisher: TopicPublisher,
  flags: PublishFlags,
  rate = 100,
  signal: AbortSignal,
): Promise<number> {
  const symbolCount = positiveNumber('--symbols', flags.symbols ?? '');
  const duration = positiveNumber('--duration', flags.duration ?? '60');
  const load = newLoad();
  const bar = progressBar('{value} quotes');
  bar.start(Math.round(rate * duration), 0);
  try {
    const published = publishLoad(load, publisher, {
      ...{ symbolCount, rate, duration, signal },
      onProgress: (count) => bar.update(count),
    }).finally(() => bar.stop());
    const arriving = arrivalsOf(load, published, flags);
    // Reported below, once all is published.
    arriving?.catch(() => undefined);
    await published;
    for (const line of loadReport(load)) console.log(line);
    if (arriving) for (const line of arrivalReport(load, await arriving)) console.log(line);
    return 0;
  } finally {
    bar.stop();
  }
}

/** What arrives of a load test; undefined if no flag says where to look. */
function arrivalsOf(
  load: Load,
  published: Promise<unknown>,
  { project: projectId, dataset = 'iex', database }: PublishFlags,
) {
  if (projectId) return arrivalsInBigQuery(load, published, { projectId, dataset });
  if (!database) return undefined;
  const onWait = (reason: string) => console.log(`Waiting: ${reason}`);
  return arrivalsInDuckDb(load, published, userPath(database), onWait);
}
