/** The pipeline on Flink, for histories that have an end. */
export { History, type HistoryOptions } from './history';
export { dropPart, readOutput, writeInput } from './history-files';
