import { z } from 'zod';

/**
 * The range of valid event times. Beam's TypeScript SDK assigns windows by a remainder
 * that is wrong before 1970, and a number holds microseconds exactly until 2255.
 */
const EARLIEST = { text: '1970-01-02T00:00:00Z', microseconds: 86_400e6 };
const LATEST = { text: '2200-01-01T00:00:00Z', microseconds: Date.UTC(2200, 0, 1) * 1000 };

/** The grammar `date-time` of RFC 3339, section 5.6. Its note allows `t` and `z` in lower case. */
const DATE_TIME =
  /^(\d{4}-\d\d-\d\d)T((?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d|60)(?:\.(\d+))?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/**
 * Reads an RFC 3339 date-time (https://www.rfc-editor.org/rfc/rfc3339#section-5.6).
 *
 * - Digits of the fraction beyond the sixth are cut off.
 * - A leap second (`23:59:60` UTC at the end of a month) counts as the second after it, as in POSIX
 *   time.
 * - `-00:00` (the offset of local time is unknown) counts as UTC.
 * - A space instead of `T` is refused. The RFC leaves that to each application; one form is
 *   enough for a message that programs write.
 *
 * @returns microseconds since the Unix epoch; `undefined` if there is no such date-time
 */
export function readDateTime(text: string): number | undefined {
  const [, date, hourAndMinute, second, fraction = '', offset] = DATE_TIME.exec(text) ?? [];
  if (date === undefined || offset === undefined) return undefined;
  // Date.parse takes February 30 for March 2.
  const midnight = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(date))
    return undefined;

  const minute = Date.parse(`${date}T${hourAndMinute}:00${offset.toUpperCase()}`);
  const wholeSeconds = minute + Number(second) * 1000;
  if (second === '60' && !isStartOfMonth(wholeSeconds)) return undefined;
  return wholeSeconds * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}

/** Whether a time, in milliseconds since the Unix epoch, is the first second of a month in UTC. */
function isStartOfMonth(time: number): boolean {
  return new Date(time).toISOString().slice(8, 19) === '01T00:00:00';
}

/**
 * An event time: an RFC 3339 date-time, read to microseconds since the Unix epoch, BigQuery's
 * resolution.
 */
export const eventTimeSchema = z
  .string()
  .transform((text, context) => {
    const microseconds = readDateTime(text);
    if (microseconds !== undefined) return microseconds;
    context.addIssue('not an RFC 3339 date-time with an offset');
    return z.NEVER;
  })
  .pipe(
    z
      .number()
      .min(EARLIEST.microseconds, `before ${EARLIEST.text}`)
      .max(LATEST.microseconds, `after ${LATEST.text}`),
  );
