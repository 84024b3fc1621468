export { createPipeline, type PipelineOutput } from './pipeline/pipeline';
export { type DeadLetter, type ParsedMessage, parseMessage, type Quote } from './pipeline/quote';
export type { QuoteRow } from './pipeline/row';
export {
  resolutionWindows,
  WINDOW_OFFSET_SECONDS,
  WINDOW_PERIOD_SECONDS,
} from './pipeline/windows';
export { type BatchOutput, type Message, runBatch } from './runners/direct/batch';
