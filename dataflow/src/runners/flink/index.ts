/** Runs the pipeline on Flink, over a bounded history or over a stream; and what it takes to start Flink. */
export { JobError } from '../portable/job';
export { type HistoryOptions, processParts } from './history';
export { flinkJavaArgs } from './java';
export type { FlinkJobOptions } from './job-server';
export {
  createPartFolders,
  dropPart,
  outputsIn,
  type PartOutput,
  readOutput,
  writeInput,
} from './part-files';
export { type Stream, type StreamOptions, startStream } from './stream';
