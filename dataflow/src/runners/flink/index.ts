/** Runs the pipeline on Flink, over a bounded history or over a stream; and what it takes to start Flink. */
export { History, type HistoryOptions } from './history';
export { flinkJavaArgs } from './java';
export {
  createPartFolders,
  dropPart,
  outputsIn,
  type PartOutput,
  readOutput,
  writeInput,
} from './part-files';
export { Stream, type StreamOptions } from './stream';
