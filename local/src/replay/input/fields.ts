/** The fields of a quote, which a table has as columns. */
export const FIELDS: readonly string[] = ['symbol', 'latest_price', 'event_time'];

/** The most characters of a list of columns that are shown. */
const MAX_SHOWN = 100;

/** Why a table with these columns, in lower case, cannot be read as quotes; undefined if it can. */
export function fieldProblem(columns: readonly string[]): string | undefined {
  const missing = FIELDS.filter((field) => !columns.includes(field));
  if (missing.length > 0) {
    const found = JSON.stringify(columns.join(', ').slice(0, MAX_SHOWN));
    return `has no column ${missing.join(' and no ')}; its columns: ${found}`;
  }
  const twice = FIELDS.find((field) => columns.indexOf(field) !== columns.lastIndexOf(field));
  return twice && `has two columns ${twice}`;
}
