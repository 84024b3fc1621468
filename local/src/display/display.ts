import type { LocalRunEvents } from '../local-run.js';

/** Shows a run to the user. */
export interface Display extends LocalRunEvents {
  onStarted(parts: readonly { name: string; where: string }[]): void;
  onStopping(): void;
  /** Shows the last state and releases the terminal. */
  close(): void;
}

/** Lines that list the parts and their addresses. */
export function partLines(parts: readonly { name: string; where: string }[]): string[] {
  const width = Math.max(...parts.map(({ name }) => name.length));
  return [
    'The pipeline is running. Press Ctrl-C to stop it.',
    ...parts.map(({ name, where }) => `  ${name.padEnd(width)}  ${where}`),
  ];
}

export const STOPPING = 'Stopping: the messages that have arrived are still processed.';
