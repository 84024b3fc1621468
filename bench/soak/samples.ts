/** The first part of the samples, in which caches fill, does not count for the slope. */
const WARM_UP = 0.25;

/** Measurements of several quantities over time. */
export class Samples {
  readonly #series = new Map<string, { hours: number; value: number }[]>();

  /** @param hours since the start */
  add(name: string, hours: number, value: number): void {
    const series = this.#series.get(name) ?? [];
    this.#series.set(name, series);
    series.push({ hours, value });
  }

  /** A table with a line for each quantity. */
  table(): string[] {
    const head = ['', 'samples', 'first', 'last', 'max', 'change per hour'];
    const rows = [...this.#series].map(([name, series]) => {
      const values = series.map(({ value }) => value);
      const late = series.slice(Math.floor(series.length * WARM_UP));
      return [
        name,
        String(values.length),
        format(values[0]),
        format(values.at(-1)),
        format(Math.max(...values)),
        format(slope(late)),
      ];
    });
    return [head, ...rows].map(([name = '', ...cells]) =>
      [name.padEnd(36), ...cells.map((cell) => cell.padStart(15))].join(''),
    );
  }
}

function format(value = Number.NaN): string {
  return value.toLocaleString('en', { maximumFractionDigits: 1 });
}

/** The slope of the line that fits best, by least squares. */
function slope(series: readonly { hours: number; value: number }[]): number {
  const mean = (of: (sample: { hours: number; value: number }) => number) =>
    series.reduce((sum, sample) => sum + of(sample), 0) / series.length;
  const [hours, value] = [mean((sample) => sample.hours), mean((sample) => sample.value)];
  const spread = mean((sample) => (sample.hours - hours) ** 2);
  return mean((sample) => (sample.hours - hours) * (sample.value - value)) / spread;
}
