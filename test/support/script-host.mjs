/**
 * Runs scripts one after another in this process, each as if it had the process for itself. What
 * they import is loaded once, which for most of them takes longer than what they do.
 */
import { pathToFileURL } from 'node:url';

/** Ends a script, as `process.exit` ends a process. */
class Exit extends Error {}

const exit = process.exit;
process.on('disconnect', () => exit());
process.exit = (code) => {
  process.exitCode = code ?? process.exitCode;
  throw new Exit();
};

/** @param {import('node:events').EventEmitter} emitter */
const listenersOf = (emitter) =>
  emitter
    .eventNames()
    .flatMap((event) => emitter.rawListeners(event).map((listener) => ({ event, listener })));

/**
 * Removes what a script has left at an emitter, after the calls that it waits for.
 *
 * @param {import('node:events').EventEmitter} emitter
 * @param {ReturnType<typeof listenersOf>} former those that were there before it
 */
function removeNewListeners(emitter, former) {
  const kept = new Set(former.map(({ listener }) => listener));
  for (const { event, listener } of listenersOf(emitter)) {
    if (kept.has(listener)) continue;
    if (event === 'exit') listener.call(emitter, process.exitCode ?? 0);
    emitter.off(event, /** @type {() => void} */ (listener));
  }
}

let runs = 0;

process.on('message', async (/** @type {import('./script-host.ts').Run} */ run) => {
  const emitters = [process, process.stdout, process.stderr];
  const listeners = emitters.map(listenersOf);
  process.argv.splice(1, Number.POSITIVE_INFINITY, run.script, ...run.args);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, run.env);
  process.exitCode = undefined;
  try {
    // The query makes it another module each time; what it imports stays the same.
    await import(`${pathToFileURL(run.script)}?run=${++runs}`);
  } catch (error) {
    if (!(error instanceof Exit)) {
      console.error(error);
      process.exitCode = 1;
    }
  }
  for (const [i, emitter] of emitters.entries()) removeNewListeners(emitter, listeners[i] ?? []);
  // To both, because they are read independently.
  process.stdout.write(`${run.end}${process.exitCode ?? 0}\n`);
  process.stderr.write(`${run.end}${process.exitCode ?? 0}\n`);
});
