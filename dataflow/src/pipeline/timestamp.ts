import { z } from 'zod';

/**
 * Between these an event time is taken. The SDK assigns windows by a remainder that is wrong before 1970, and a number
 * holds microseconds exactly until 2255.
 */
const EARLIEST_EVENT_TIME = '1970-01-02T00:00:00Z';
const LATEST_EVENT_TIME = '2200-01-01T00:00:00Z';

const FRACTION = /\.(\d+)/;

/** Microseconds since the epoch of an RFC 3339 date-time; digits beyond the sixth of the fraction are cut off. */
function toMicroseconds(dateTime: string): number {
  const fraction = FRACTION.exec(dateTime)?.[1] ?? '';
  const wholeSeconds = Date.parse(dateTime.replace(FRACTION, ''));
  return wholeSeconds * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}

/**
 * An RFC 3339 date-time with an offset (https://www.rfc-editor.org/rfc/rfc3339#section-5.6), read to microseconds since
 * the epoch, which is BigQuery's resolution.
 */
export const eventTimeSchema = z.iso
  .datetime({ offset: true, error: 'not an RFC 3339 date-time with an offset' })
  .transform(toMicroseconds)
  .pipe(
    z
      .number()
      .min(toMicroseconds(EARLIEST_EVENT_TIME), `before ${EARLIEST_EVENT_TIME}`)
      .max(toMicroseconds(LATEST_EVENT_TIME), `after ${LATEST_EVENT_TIME}`),
  );
