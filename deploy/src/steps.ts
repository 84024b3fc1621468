import { chalk } from 'zx';

const REFRESH_MS = 1000;

/** A step of the work, while it proceeds. */
export interface Step {
  /** Shows the current activity. */
  say(detail: string): void;
  /** Shows its result. */
  done(result: string): void;
}

interface Display<Name extends string> {
  steps: Record<Name, Step>;
  close(): void;
}

/** A line of the terminal. */
interface Line {
  /** Padded and bold. */
  title: string;
  detail: string;
  /** When the step began, in ms of `performance.now()`; until then it is not shown. */
  start: number | undefined;
  isDone: boolean;
}

/**
 * Shows steps, some of which may proceed at the same time: in a terminal one line for each, which
 * is updated; elsewhere one line for each change. (zx's `spinner` shows one step only.)
 *
 * @param signal ends the display, so that other lines can follow it
 * @param work does the steps
 */
export async function withSteps<const Name extends string, T>(
  names: readonly Name[],
  signal: AbortSignal,
  work: (steps: Record<Name, Step>) => Promise<T>,
): Promise<T> {
  const output = process.stdout;
  const display = output.isTTY ? await terminalDisplay(output, names) : plainDisplay(output, names);
  signal.addEventListener('abort', display.close, { once: true });
  try {
    return await work(display.steps);
  } finally {
    signal.removeEventListener('abort', display.close);
    display.close();
  }
}

async function terminalDisplay<Name extends string>(
  output: NodeJS.WriteStream,
  names: readonly Name[],
): Promise<Display<Name>> {
  const { createLogUpdate } = await import('log-update');
  const draw = createLogUpdate(output);
  const width = widthOf(names);
  // A line that the terminal breaks would be two.
  const room = Math.max(output.columns - width - 12, 20);
  const lines: Line[] = [];
  let isOpen = true;
  const textOf = ({ title, detail, start = 0, isDone }: Line) => {
    if (isDone) return `${title}  ${detail}`;
    const seconds = Math.floor((performance.now() - start) / 1000);
    return `${title}  ${detail.slice(0, room)} ${chalk.dim(`${seconds} s`)}`;
  };
  const hasBegun = ({ start }: Line) => start !== undefined;
  const refresh = () => draw(lines.filter(hasBegun).map(textOf).join('\n'));
  const timer = setInterval(refresh, REFRESH_MS);
  const steps = stepsOf(names, width, (title) => {
    const line: Line = { title, detail: '', start: undefined, isDone: false };
    lines.push(line);
    const update = (detail: string, isDone: boolean) => {
      Object.assign(line, { detail, isDone, start: line.start ?? performance.now() });
      if (isOpen) refresh();
    };
    return { say: (detail) => update(detail, false), done: (result) => update(result, true) };
  });
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    clearInterval(timer);
    refresh();
    draw.done();
  };
  return { steps, close };
}

function plainDisplay<Name extends string>(
  output: NodeJS.WriteStream,
  names: readonly Name[],
): Display<Name> {
  const steps = stepsOf(names, widthOf(names), (title) => {
    let last = '';
    const print = (text: string) => {
      if (text !== last) output.write(`${title}  ${text}\n`);
      last = text;
    };
    return { say: print, done: print };
  });
  return { steps, close() {} };
}

const widthOf = (names: readonly string[]) => Math.max(...names.map((name) => name.length));

const stepsOf = <Name extends string>(
  names: readonly Name[],
  width: number,
  makeStep: (title: string) => Step,
) =>
  Object.fromEntries(
    names.map((name) => [name, makeStep(chalk.bold(name.padEnd(width)))]),
  ) as Record<Name, Step>;
