import { createInterface } from 'node:readline/promises';

/** From now on, what is typed is lost until there is a question: it cannot have been meant as the answer. */
export function ignoreTyping() {
  process.stdin.resume();
}

/**
 * Asks the person at the terminal.
 *
 * @param {string} text
 * @param {AbortSignal} signal
 * @returns {Promise<string>} the answer without spaces around it, empty where the input has ended (Ctrl-D)
 * @throws the signal's reason
 */
export async function ask(text, signal) {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // While it reads, the terminal makes a key of Ctrl-C and no signal.
  terminal.on('SIGINT', () => process.emit('SIGINT'));
  try {
    const ended = new Promise((resolve) => terminal.once('close', () => resolve('')));
    const answer = await Promise.race([terminal.question(text, { signal }), ended]);
    return answer.trim();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    terminal.close();
  }
}
