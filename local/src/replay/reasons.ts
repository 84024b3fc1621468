/** The most kinds of reasons that are counted; a file can have any number. */
const MAX_KINDS = 1000;

/** The most characters of a reason that are shown. */
const MAX_SHOWN = 200;

/**
 * Names the most frequent reason in one line.
 *
 * @param total how many lines were refused
 * @param what a name for them
 * @returns undefined if there are none
 */
export function reasonLine(reasons: Reasons, total: number, what: string): string | undefined {
  const reason = reasons.mostFrequent();
  if (!reason) return undefined;
  const share = `${reason.count.toLocaleString('en')} of ${total.toLocaleString('en')}`;
  return `Most frequent reason for ${what} (${share}): ${reason.example}`;
}

/**
 * Counts the reasons for which lines are refused. Reasons that differ only in quoted parts and
 * numbers are of one kind.
 */
export class Reasons {
  readonly #kinds = new Map<string, { count: number; example: string }>();

  add(reason: string): void {
    const kind = reason.replace(/"[^"]*"|'[^']*'|\d+/g, '…');
    const known = this.#kinds.get(kind);
    if (known) known.count += 1;
    else if (this.#kinds.size < MAX_KINDS) this.#kinds.set(kind, { count: 1, example: reason });
  }

  /** The most frequent kind, and its first reason in one line; undefined if there is none. */
  mostFrequent(): { count: number; example: string } | undefined {
    const [first] = [...this.#kinds.values()].sort((a, b) => b.count - a.count);
    if (!first) return undefined;
    const line = first.example.replace(/\s+/g, ' ');
    const example = line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line;
    return { count: first.count, example };
  }
}
