/** The fields of a quote, which a table has as columns. */
export const FIELDS: readonly string[] = ['symbol', 'latest_price', 'event_time'];

/** What keeps a table with these columns, in lower case, from being read as quotes; undefined if nothing does. */
export function fieldProblem(columns: readonly string[]): string | undefined {
  const missing = FIELDS.filter((field) => !columns.includes(field));
  if (missing.length > 0) {
    return `has no column ${missing.join(' and no ')}; its columns: ${columns.join(', ')}`;
  }
  const twice = FIELDS.find((field) => columns.indexOf(field) !== columns.lastIndexOf(field));
  return twice && `has two columns ${twice}`;
}
