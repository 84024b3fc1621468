export { type BatchOutput, type Message, runBatch } from './batch';
export { createPipeline, type PipelineOutput } from './pipeline';
export { type DeadLetter, type ParsedMessage, parseMessage, type Quote } from './quote';
export type { QuoteRow } from './row';
export { resolutionWindows, WINDOW_OFFSET_SECONDS, WINDOW_PERIOD_SECONDS } from './windows';
