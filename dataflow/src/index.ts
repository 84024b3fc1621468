export { createPipeline, type PipelineOutput } from './pipeline/pipeline';
export {
  type DeadLetter,
  MAX_DEAD_LETTER_PAYLOAD,
  makeDeadLetter,
  type ParsedMessage,
  parseMessage,
  type Quote,
} from './pipeline/quote';
export type { QuoteRow } from './pipeline/row';
export { resolutionWindows } from './pipeline/windows';
export { type BatchOutput, runBatch } from './runners/direct/batch';
export type { Message } from './runners/messages';
