/** What the viewer has chosen to look at. */
export interface Choice {
  symbol: string | undefined;
  /** Length of the windows, in minutes. */
  resolution: number | undefined;
}

/** The choice that the address holds, so that it can be kept and passed on. */
export function readChoice(): Choice {
  const fragment = new URLSearchParams(location.hash.slice(1));
  return {
    symbol: fragment.get('symbol') ?? undefined,
    resolution: Number(fragment.get('resolution')) || undefined,
  };
}

/** Puts the choice into the address. */
export function writeChoice({ symbol, resolution }: Choice): void {
  const fragment = new URLSearchParams();
  if (symbol !== undefined) fragment.set('symbol', symbol);
  if (resolution !== undefined) fragment.set('resolution', String(resolution));
  history.replaceState(null, '', `#${fragment}`);
}
