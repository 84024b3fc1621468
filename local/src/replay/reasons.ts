/** The most kinds of reasons that are counted; a file can hold any number. */
const MAX_KINDS = 1000;

/** How much of a reason is shown, in characters. */
const MAX_SHOWN = 200;

/** Counts the reasons for which lines are refused. What differs in quoted parts and numbers only is of one kind. */
export class Reasons {
  readonly #kinds = new Map<string, { count: number; example: string }>();

  add(reason: string): void {
    const kind = reason.replace(/"[^"]*"|'[^']*'|\d+/g, '…');
    const known = this.#kinds.get(kind);
    if (known) known.count += 1;
    else if (this.#kinds.size < MAX_KINDS) this.#kinds.set(kind, { count: 1, example: reason });
  }

  /** The most frequent kind, by the first reason of it, in one line; undefined if there is none. */
  mostFrequent(): { count: number; example: string } | undefined {
    const [first] = [...this.#kinds.values()].sort((a, b) => b.count - a.count);
    if (!first) return undefined;
    const line = first.example.replace(/\s+/g, ' ');
    const example = line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line;
    return { count: first.count, example };
  }
}
