/** Runs the pipeline on Flink, over a bounded history or over a stream. */
export { History, type HistoryOptions } from './history';
export {
  createPartFolders,
  dropPart,
  outputsIn,
  type PartOutput,
  readOutput,
  writeInput,
} from './part-files';
export { Stream, type StreamOptions } from './stream';
