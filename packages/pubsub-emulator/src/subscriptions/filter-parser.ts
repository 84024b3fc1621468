import { invalidArgument, type PubSubError } from '../protocol/status.js';
import type { Filter } from './filter.js';

const MAX_BYTES = 256;

const KEY = /[\w-]+/y;
const STRING = /"(?:[^"\\]|\\.)*"/sy;
const ESCAPE =
  /\\(?:(?<octal>[0-3][0-7]{2})|x(?<hex>[\da-fA-F]{2})|u(?<unicode>[\da-fA-F]{4})|U(?<long>[\da-fA-F]{8})|(?<other>.))/gs;
const CONTROLS: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * Parses a filter by the documented grammar:
 * https://cloud.google.com/pubsub/docs/subscription-message-filter#filtering_syntax
 *
 *     filter     = operand {"AND" operand} | operand {"OR" operand}
 *     operand    = ("NOT" | "-") operand | "(" filter ")" | comparison
 *     comparison = "attributes" ":" key
 *                | "attributes" "." key ("=" | "!=") string
 *                | "hasPrefix" "(" "attributes" "." key "," string ")"
 *     key        = letters, digits, "_" and "-" | string
 *
 * @throws {PubSubError} INVALID_ARGUMENT for any other text, and for more than 256 bytes
 */
export function parseFilter(text: string): Filter {
  const size = Buffer.byteLength(text);
  if (size > MAX_BYTES) {
    throw invalidArgument(`Invalid filter: it has ${size} bytes, but the maximum is ${MAX_BYTES}.`);
  }
  return new FilterParser(text).parse();
}

/** Reads the text from left to right; each method reads the part of the grammar in its name. */
class FilterParser {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Filter {
    this.#skipSpace();
    const filter = this.#filter();
    if (this.#position < this.#text.length) throw this.#expected('the end of the filter');
    return filter;
  }

  #filter(): Filter {
    const first = this.#operand();
    for (const [keyword, operator] of [
      ['AND', 'and'],
      ['OR', 'or'],
    ] as const) {
      const operands = [first];
      while (this.#takeWord(keyword)) operands.push(this.#operand());
      if (operands.length > 1) return { operator, operands };
    }
    return first;
  }

  #operand(): Filter {
    if (this.#takeWord('NOT') || this.#take('-')) {
      return { operator: 'not', operand: this.#operand() };
    }
    if (this.#take('(')) {
      const filter = this.#filter();
      this.#require(')');
      return filter;
    }
    if (this.#takeWord('hasPrefix')) return this.#hasPrefix();
    if (this.#takeWord('attributes')) return this.#comparison();
    throw this.#expected('"attributes", "hasPrefix", "NOT", "-" or "("');
  }

  #comparison(): Filter {
    if (this.#take(':')) return { operator: 'has', key: this.#key() };
    this.#require('.');
    const key = this.#key();
    if (this.#take('!=')) {
      return { operator: 'not', operand: { operator: 'equals', key, value: this.#string() } };
    }
    this.#require('=');
    return { operator: 'equals', key, value: this.#string() };
  }

  #hasPrefix(): Filter {
    this.#require('(');
    if (!this.#takeWord('attributes')) throw this.#expected('"attributes"');
    this.#require('.');
    const key = this.#key();
    this.#require(',');
    const prefix = this.#string();
    this.#require(')');
    return { operator: 'hasPrefix', key, prefix };
  }

  #key(): string {
    return this.#match(KEY) ?? this.#string();
  }

  #string(): string {
    const literal = this.#match(STRING);
    if (literal === undefined) throw this.#expected('a string in double quotes');
    return unescapeLiteral(literal.slice(1, -1));
  }

  #takeWord(word: string): boolean {
    const start = this.#position;
    if (this.#match(KEY) === word) return true;
    this.#position = start;
    return false;
  }

  #take(symbol: string): boolean {
    if (!this.#text.startsWith(symbol, this.#position)) return false;
    this.#position += symbol.length;
    this.#skipSpace();
    return true;
  }

  #require(symbol: string): void {
    if (!this.#take(symbol)) throw this.#expected(`"${symbol}"`);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) return undefined;
    this.#position += found.length;
    this.#skipSpace();
    return found;
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#position] ?? '')) this.#position += 1;
  }

  #expected(what: string): PubSubError {
    return invalidArgument(`Invalid filter: expected ${what} at position ${this.#position}.`);
  }
}

function unescapeLiteral(text: string): string {
  return text.replace(ESCAPE, (sequence, ...parts) => {
    const { octal, hex, unicode, long, other } = parts.at(-1) as Record<string, string | undefined>;
    const code = octal
      ? Number.parseInt(octal, 8)
      : Number.parseInt(hex ?? unicode ?? long ?? '', 16);
    if (code > 0x10ffff) throw invalidArgument(`Invalid filter: "${sequence}" is not a character.`);
    return other === undefined ? String.fromCodePoint(code) : (CONTROLS[other] ?? other);
  });
}
