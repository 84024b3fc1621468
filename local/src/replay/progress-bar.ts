import { SingleBar } from 'cli-progress';

/** The exit code of a replay that was interrupted. */
export const EXIT_CODE_INTERRUPTED = 130;

/** Says that a replay was interrupted, and returns its exit code. */
export function interrupted(): number {
  console.log('Interrupted. Run the same command again to resume.');
  return EXIT_CODE_INTERRUPTED;
}

/** A progress bar with some counts, such as `{rows} rows`. It leaves signals to the command. */
export const progressBar = (counts: string): SingleBar =>
  new SingleBar({
    format: `{bar} {percentage} %  ${counts}  {duration_formatted}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    gracefulExit: false,
  });

/** A number and what it counts. */
export const count = (n: number, what: string): string => `${n.toLocaleString('en')} ${what}`;
