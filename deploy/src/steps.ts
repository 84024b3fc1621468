import { chalk } from 'zx';

const REFRESH_MS = 1000;

/** A step of the work, while it proceeds. */
export interface Step {
  /** Shows the current activity. */
  say(detail: string): void;
  /** Shows its result. */
  done(result: string): void;
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

interface Display {
  /** @param isNew whether its detail differs from the last one */
  update(line: Line, isNew: boolean): void;
  close(): void;
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
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name): Line => {
    return { title: chalk.bold(name.padEnd(width)), detail: '', start: undefined, isDone: false };
  });
  const display = output.isTTY ? await terminalDisplay(output, width, lines) : plainDisplay(output);
  const stepOf = (line: Line): Step => {
    const update = (detail: string, isDone: boolean) => {
      const isNew = detail !== line.detail;
      Object.assign(line, { detail, isDone, start: line.start ?? performance.now() });
      display.update(line, isNew);
    };
    return { say: (detail) => update(detail, false), done: (result) => update(result, true) };
  };
  const steps = lines.map((line, i) => [names[i], stepOf(line)] as const);
  signal.addEventListener('abort', display.close, { once: true });
  try {
    return await work(Object.fromEntries(steps) as Record<Name, Step>);
  } finally {
    signal.removeEventListener('abort', display.close);
    display.close();
  }
}

async function terminalDisplay(
  output: NodeJS.WriteStream,
  width: number,
  lines: readonly Line[],
): Promise<Display> {
  const { createLogUpdate } = await import('log-update');
  const draw = createLogUpdate(output);
  // A line that the terminal breaks would be two.
  const room = Math.max(output.columns - width - 12, 20);
  let isOpen = true;
  const textOf = ({ title, detail, start = 0, isDone }: Line) => {
    if (isDone) return `${title}  ${detail}`;
    const seconds = Math.floor((performance.now() - start) / 1000);
    return `${title}  ${detail.slice(0, room)} ${chalk.dim(`${seconds} s`)}`;
  };
  const hasBegun = ({ start }: Line) => start !== undefined;
  const refresh = () => isOpen && draw(lines.filter(hasBegun).map(textOf).join('\n'));
  const timer = setInterval(refresh, REFRESH_MS);
  const close = () => {
    if (!isOpen) return;
    refresh();
    isOpen = false;
    clearInterval(timer);
    draw.done();
  };
  return { update: refresh, close };
}

const plainDisplay = (output: NodeJS.WriteStream): Display => ({
  update: ({ title, detail }, isNew) => isNew && output.write(`${title}  ${detail}\n`),
  close() {},
});
