import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { LOG_LEVELS } from './log.js';
import { isLoopback } from './proxy.js';
import { quoteSources } from './quote-sources/index.js';
import type { QuoteAccess, QuoteSource } from './quote-sources/source.js';

/** Environment variables by name. An empty one counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Thrown for a wrong environment. The message names every wrong variable and repeats no value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(problems: readonly string[]) {
    super(`wrong configuration: ${problems.join('; ')}`);
  }
}

const logLevel = z
  .string()
  .toLowerCase()
  .pipe(z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }))
  .default('info');

/**
 * A topic's id, or its full name. See
 * https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
 */
const topic = z
  .string()
  .regex(
    /^(projects\/[^/]+\/topics\/)?[a-z][\w.~+%-]{2,254}$/i,
    'must be the name of a Pub/Sub topic',
  );

const fanOutSchema = z
  .object({
    INGEST_TOPIC: topic.default('iex-ingest'),
    TICKERS_PER_MESSAGE: z
      .string()
      .regex(/^[1-9]\d{0,3}$/, 'must be a whole number from 1 to 9999')
      .transform(Number)
      .default(1),
    LOG_LEVEL: logLevel,
    GOOGLE_CLOUD_PROJECT: z.string().optional(),
  })
  .transform((env) => ({
    ingestTopic: env.INGEST_TOPIC,
    tickersPerMessage: env.TICKERS_PER_MESSAGE,
    logLevel: env.LOG_LEVEL,
    project: env.GOOGLE_CLOUD_PROJECT,
  }));

const iexApiSchema = z
  .object({
    AGGREGATE_TOPIC: topic.default('iex-aggregate'),
    LOG_LEVEL: logLevel,
    GOOGLE_CLOUD_PROJECT: z.string().optional(),
  })
  .transform((env) => ({
    aggregateTopic: env.AGGREGATE_TOPIC,
    logLevel: env.LOG_LEVEL,
    project: env.GOOGLE_CLOUD_PROJECT,
  }));

/** The configuration of the function `fanOut`. */
export type FanOutConfig = z.output<typeof fanOutSchema>;

/** The configuration of the function `iexApi`. */
export type IexApiConfig = z.output<typeof iexApiSchema> & {
  readonly sourceName: string;
  readonly source: QuoteSource;
  readonly access: QuoteAccess;
};

/** @throws {ConfigError} */
export function readFanOutConfig(env: Environment): FanOutConfig {
  const config = fanOutSchema.safeParse(onlySet(env));
  if (!config.success) throw new ConfigError(problemsOf(config.error));
  return config.data;
}

/** @throws {ConfigError} */
export function readIexApiConfig(env: Environment): IexApiConfig {
  const set = onlySet(env);
  const problems: string[] = [];
  const config = iexApiSchema.safeParse(set);
  if (!config.success) problems.push(...problemsOf(config.error));

  const sourceName = set.QUOTE_SOURCE ?? 'iex';
  const source = Object.hasOwn(quoteSources, sourceName) ? quoteSources[sourceName] : undefined;
  if (!source) {
    problems.push(`QUOTE_SOURCE must be one of ${Object.keys(quoteSources).join(', ')}`);
  }
  const token = readToken(set, problems);
  if (source?.tokenRequired && token === undefined) {
    problems.push(`QUOTE_API_TOKEN or QUOTE_API_TOKEN_FILE must be set for ${sourceName}`);
  }
  if (source?.tokenForm && token !== undefined && !source.tokenForm.pattern.test(token)) {
    const { description } = source.tokenForm;
    problems.push(`QUOTE_API_TOKEN must be of the form ${description} for ${sourceName}`);
  }
  const address = set.QUOTE_API_URL ?? source?.defaultUrl;
  const baseUrl = address === undefined ? undefined : readUrl(address, token, problems);
  if (source && address === undefined) {
    problems.push(`QUOTE_API_URL must be set: ${sourceName} has no default URL`);
  }

  if (!config.success || !source || !baseUrl || problems.length > 0) {
    throw new ConfigError(problems);
  }
  return { ...config.data, sourceName, source, access: { baseUrl, token } };
}

/** The token, from the environment (in the cloud, Secret Manager sets it) or from a file. */
function readToken(env: Environment, problems: string[]): string | undefined {
  const { QUOTE_API_TOKEN: token, QUOTE_API_TOKEN_FILE: file } = env;
  if (token !== undefined && file !== undefined) {
    problems.push('QUOTE_API_TOKEN and QUOTE_API_TOKEN_FILE must not both be set');
    return undefined;
  }
  const name = file === undefined ? 'QUOTE_API_TOKEN' : 'QUOTE_API_TOKEN_FILE';
  let value = token;
  if (file !== undefined) {
    try {
      value = readFileSync(file, 'utf8');
    } catch (error) {
      problems.push(`${name} must be a readable file (${(error as NodeJS.ErrnoException).code})`);
      return undefined;
    }
  }
  value = value?.trim();
  // An HTTP header cannot carry other characters.
  if (value === undefined || /^[\x21-\x7e]+$/.test(value)) return value;
  problems.push(`${name} must hold a token of printable ASCII without spaces`);
  return undefined;
}

function readUrl(text: string, token: string | undefined, problems: string[]): URL | undefined {
  const problem = (what: string) => {
    problems.push(`QUOTE_API_URL must ${what}`);
    return undefined;
  };
  if (!URL.canParse(text)) return problem('be a URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return problem('begin with https://');
  if (url.username || url.password) return problem('hold no credentials');
  if (url.search || url.hash) return problem('end with its path, without query or fragment');
  if (token !== undefined && url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return problem('begin with https://, because a token is sent');
  }
  return url;
}

function onlySet(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
}

function problemsOf(error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
}
