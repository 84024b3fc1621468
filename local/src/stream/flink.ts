import { rm } from 'node:fs/promises';
import { type FlinkJobOptions, type Stream, startStream } from 'iex-dataflow/flink';
import { newPartFolder } from '../part-folder.js';
import type { RunOptions } from '../runner/run-subscription.js';
import { runParts } from './parts.js';

export interface FlinkStreamOptions extends RunOptions, Pick<FlinkJobOptions, 'master'> {
  /** The store's file; the folder of the parts is created next to it. */
  database: string;
  onReady: () => void;
  /** Something that the user should know, in one line. */
  onNotice: (notice: string) => void;
}

/**
 * Does the same as `runSubscription`, on Flink. The messages that have arrived become a part, from
 * which one of Flink's workers makes rows. These are committed together with the messages' ids, and
 * only then are the messages acknowledged: whatever happens to Flink or to this process, messages
 * that are acknowledged are committed, and the others are delivered again.
 *
 * @throws {OperationalError} if Java or Maven is missing, the cluster cannot take the job or Flink
 *   refuses it
 */
export async function streamOnFlink(options: FlinkStreamOptions): Promise<void> {
  const { database, resolutions, master, onNotice } = options;
  const folder = await newPartFolder(database, 'stream');
  let stream: Stream | undefined;
  try {
    stream = await startStream({
      folder,
      resolutions,
      master,
      onFailure: (reason) => onNotice(`Flink failed, and is started again: ${reason}`),
      onRestart: () => onNotice('Flink runs again.'),
    });
    options.onReady();
    await runParts(options, folder, stream);
  } finally {
    await stream?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
