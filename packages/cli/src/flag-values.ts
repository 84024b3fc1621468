import { UsageError } from './errors.js';

/** A day, which is also the most that Terraform's variable `resolutions` takes. */
const MOST_MINUTES = 1440;

/** @throws {UsageError} if it is not a whole number between the two bounds */
export function wholeNumber(
  flag: string,
  text: string,
  { least, most }: { least: number; most: number },
): number {
  const value = wholeIn(text);
  if (value >= least && value <= most) return value;
  throw new UsageError(`${flag} takes a whole number from ${least} to ${most}, not '${text}'`);
}

/** @throws {UsageError} if it is not a number above 0 */
export function positiveNumber(flag: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new UsageError(`${flag} takes a number above 0, not '${text}'`);
}

/**
 * Reads different lengths of windows, in minutes; returns the shortest first.
 *
 * @throws {UsageError} if it is not such a list
 */
export function minuteList(flag: string, text: string): number[] {
  const minutes = text.split(',').map((part) => wholeIn(part.trim()));
  const areValid = minutes.every((each) => each >= 1 && each <= MOST_MINUTES);
  if (areValid && new Set(minutes).size === minutes.length) return minutes.sort((a, b) => a - b);
  throw new UsageError(
    `${flag} takes minutes such as 1,5,15, all different and at most ${MOST_MINUTES}, not '${text}'`,
  );
}

/** @throws {UsageError} if it is not one of the choices */
export function choice<T extends string>(flag: string, text: string, choices: readonly T[]): T {
  const chosen = choices.find((each) => each === text);
  if (chosen !== undefined) return chosen;
  throw new UsageError(`${flag} takes one of ${choices.join(', ')}, not '${text}'`);
}

const wholeIn = (text: string) => (/^\d+$/.test(text) ? Number(text) : Number.NaN);
