import type { Column } from 'iex-contract/infrastructure';

/** How many rows a new buffer has room for. */
const FIRST_CAPACITY = 1024;

const WORD = 2 ** 32;

/**
 * The values of a column in the form in which DuckDB has them in memory: numbers of 64 bits. An
 * integer or a time is two words, the low one first, which is twenty times as fast to write as a
 * `BigInt64Array`. A text is the number of its place in a list, because most texts are repeated.
 */
type Values = Float64Array | Int32Array | Uint32Array;

const newValues: Record<Column['type'], (capacity: number) => Values> = {
  STRING: (capacity) => new Uint32Array(capacity),
  FLOAT: (capacity) => new Float64Array(capacity),
  INTEGER: (capacity) => new Int32Array(2 * capacity),
  TIMESTAMP: (capacity) => new Int32Array(2 * capacity),
};

/** The content of a buffer, in a form that can be sent to another thread. */
export interface RowData {
  length: number;
  capacity: number;
  /** One for each column of the table. */
  columns: Values[];
  /** The texts of all columns. */
  texts: string[];
}

/**
 * Rows of a table by column, in memory that is used again: an object for each row would keep the
 * garbage collector busier than the pipeline itself.
 */
export class RowBuffer<Row extends object> {
  readonly #table: readonly Column[];
  readonly #data: RowData;
  readonly #places = new Map<string, number>();

  /**
   * @param table the columns, as in the table's BigQuery schema; times are in microseconds since
   *   the epoch
   * @param data the content of another buffer of this table, whose memory this one takes over
   */
  constructor(table: readonly Column[], data?: RowData) {
    this.#table = table;
    this.#data = data ?? {
      length: 0,
      capacity: FIRST_CAPACITY,
      columns: table.map(({ type }) => newValues[type](FIRST_CAPACITY)),
      texts: [],
    };
  }

  get length(): number {
    return this.#data.length;
  }

  /** Its own content, not a copy. */
  get data(): RowData {
    return this.#data;
  }

  /** @throws {TypeError} if a value is missing, or is not of its column's type */
  push(row: Row): void {
    if (this.#data.length === this.#data.capacity) this.#grow();
    const { length, columns } = this.#data;
    for (let i = 0; i < columns.length; i += 1) {
      const { name, type } = this.#table[i] as Column;
      const values = columns[i] as Values;
      const value: unknown = row[name as keyof Row];
      if (typeof value === 'string' && type === 'STRING') values[length] = this.#placeOf(value);
      else if (typeof value !== 'number' || type === 'STRING') {
        throw new TypeError(`${name} is a NOT NULL ${type}, but a row has ${value}`);
      } else if (type === 'FLOAT') values[length] = value;
      else {
        const high = Math.floor(value / WORD);
        values[2 * length] = value - high * WORD;
        values[2 * length + 1] = high;
      }
    }
    this.#data.length += 1;
  }

  /** The memory that belongs to another thread once the content has been sent there. */
  transferList(): ArrayBuffer[] {
    return this.#data.columns.map(({ buffer }) => buffer as ArrayBuffer);
  }

  /** Removes all rows, but keeps their memory. */
  clear(): void {
    this.#data.length = 0;
    this.#data.texts = [];
    this.#places.clear();
  }

  #placeOf(text: string): number {
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    const place = this.#data.texts.push(text) - 1;
    this.#places.set(text, place);
    return place;
  }

  #grow(): void {
    this.#data.capacity *= 2;
    this.#data.columns = this.#table.map(({ type }, i) => {
      const larger = newValues[type](this.#data.capacity);
      larger.set(this.#data.columns[i] as Values);
      return larger;
    });
  }
}
