import { createLogUpdate } from 'log-update';
import { chalk } from 'zx';

const REFRESH_MS = 1000;

/**
 * A step of the work, as it goes on.
 *
 * @typedef {object} Step
 * @property {(detail: string) => void} say what it does now
 * @property {(result: string) => void} done
 */

/**
 * Shows steps, some of which go on at the same time: in a terminal a line for each, which changes; elsewhere a line for
 * each change.
 *
 * @param {NodeJS.WriteStream} output
 * @param {readonly string[]} names
 * @param {AbortSignal} signal ends the display, so that other lines can follow it
 * @returns {{steps: Record<string, Step>, close: () => void}}
 */
export function showSteps(output, names, signal) {
  const width = Math.max(...names.map((name) => name.length));
  const title = (name) => chalk.bold(name.padEnd(width));
  const stepsOf = (makeStep) =>
    Object.fromEntries(names.map((name) => [name, makeStep(title(name))]));
  if (!output.isTTY) return { steps: stepsOf((name) => plainStep(output, name)), close() {} };

  const draw = createLogUpdate(output);
  // A line that the terminal breaks would be two.
  const room = Math.max(output.columns - width - 12, 20);
  const lines = [];
  let isOpen = true;
  const textOf = ({ name, detail, start, isDone }) => {
    if (isDone || start === undefined) return `${name}  ${detail}`;
    const seconds = Math.floor((performance.now() - start) / 1000);
    return `${name}  ${detail.slice(0, room)} ${chalk.dim(`${seconds} s`)}`;
  };
  const refresh = () => draw(lines.map(textOf).join('\n'));
  const timer = setInterval(refresh, REFRESH_MS);
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    clearInterval(timer);
    refresh();
    draw.done();
  };
  signal.addEventListener('abort', close, { once: true });
  const steps = stepsOf((name) => {
    const line = { name, detail: '', start: undefined, isDone: false };
    lines.push(line);
    const update = (detail, isDone) => {
      Object.assign(line, { detail, isDone, start: line.start ?? performance.now() });
      if (isOpen) refresh();
    };
    return { say: (detail) => update(detail, false), done: (result) => update(result, true) };
  });
  return { steps, close };
}

/** @returns {Step} */
function plainStep(output, name) {
  let last = '';
  const print = (text) => {
    if (text !== last) output.write(`${name}  ${text}\n`);
    last = text;
  };
  return { say: print, done: print };
}
