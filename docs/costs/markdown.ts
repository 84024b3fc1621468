/** How the tables show values. */

/** A number with its thousands separated. */
export const number = (value: number, digits = 0) =>
  value.toLocaleString('en-GB', { maximumFractionDigits: digits });

/** Whole dollars. */
export const usd = (value: number) => (value > 0 && value < 0.5 ? '< 1' : number(value));

/** A number of bytes in the largest unit in which it is at least 1, to two digits. */
export function byteCount(bytes: number): string {
  const power = Math.floor(Math.log10(bytes) / 3);
  return `${Number((bytes / 1000 ** power).toPrecision(2))} ${['B', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

/** A table whose columns are aligned in the source, too. */
export function table(headings: string[], rows: string[][]): string {
  const widths = headings.map((title, column) =>
    Math.max(...[title, ...rows.map((row) => row[column]!)].map((cell) => cell.length)),
  );
  const line = (cells: string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(headings), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join(
    '\n',
  );
}
