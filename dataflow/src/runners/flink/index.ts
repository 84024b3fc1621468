/** Runs the pipeline over a bounded history on Flink. */
export { History, type HistoryOptions } from './history';
export { dropPart, readOutput, writeInput } from './history-files';
