import quoteSources from '../../../infrastructure/quote-sources.json' with { type: 'json' };

/** The name of a quote source. */
export type QuoteSourceName = keyof typeof quoteSources;

/** The properties of a quote API that Terraform needs to know, too. */
export interface QuoteSourceSettings {
  /** The URL of the API; `undefined` if it no longer has one. */
  readonly defaultUrl: string | undefined;
  readonly tokenRequired: boolean;
  /** The maximum number of symbols in one request. */
  readonly maxSymbols: number;
}

/** Reads the settings of a quote source from the file that Terraform reads. */
export function settingsOf(name: QuoteSourceName): QuoteSourceSettings {
  const settings = quoteSources[name];
  return {
    defaultUrl: settings.default_url ?? undefined,
    tokenRequired: settings.token_required,
    maxSymbols: settings.max_symbols,
  };
}
