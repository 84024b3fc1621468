import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Discards what is typed until a question is asked: it cannot be meant as the answer. */
export function ignoreTyping(): void {
  process.stdin.resume();
}

/**
 * Asks the user at the terminal. (zx's `question` never returns on Ctrl-D, and ends the process on
 * Ctrl-C.)
 *
 * @param isHidden whether what is typed must not be shown
 * @returns the answer without spaces around it, empty if the input has ended (Ctrl-D)
 * @throws the signal's reason
 */
export async function ask(text: string, signal: AbortSignal, isHidden = false): Promise<string> {
  const { stdin: input, stdout } = process;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = isHidden ? silent : stdout;
  const terminal = createInterface({ input, output, ...(isHidden && { terminal: true }) });
  // Not before the terminal has stopped showing what is typed.
  if (isHidden) stdout.write(text);
  // While it reads, the terminal turns Ctrl-C into a key instead of a signal.
  terminal.on('SIGINT', () => process.emit('SIGINT'));
  try {
    const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    const question = terminal.question(isHidden ? '' : text, { signal });
    return (await Promise.race([question, ended])).trim();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    terminal.close();
    if (isHidden) stdout.write('\n');
  }
}
