import { type CloudEventFunction, cloudEvent } from '@google-cloud/functions-framework';
import { systemClock } from 'iex-cli/clock';
import { ConfigError, readFanOutConfig, readIexApiConfig } from './config.js';
import { handleAlarm } from './fan-out.js';
import { createQuoteClient } from './fetch-quotes.js';
import { createHttpGet } from './http.js';
import { handleTick } from './iex-api.js';
import { createLogger, labels } from './log.js';
import { createPublisher } from './publisher.js';

type Handler = (event: unknown) => Promise<void>;

/** Splits an alarm of `iex-fan-out` into messages of `iex-ingest`. */
export const fanOut = entryPoint('fanOut', () => {
  const config = readFanOutConfig(process.env);
  const parts = {
    publisher: createPublisher(config.ingestTopic),
    tickersPerMessage: config.tickersPerMessage,
    wallTime: systemClock.wallTime,
    log: createLogger({ level: config.logLevel }, labels({ entry_point: 'fanOut' })),
    project: config.project,
  };
  return (event) => handleAlarm(event, parts);
});

/** Takes the quotes of a message of `iex-ingest` for a minute, and publishes them. */
export const iexApi = entryPoint('iexApi', () => {
  const config = readIexApiConfig(process.env);
  const parts = {
    quotes: createQuoteClient({
      source: config.source,
      access: config.access,
      get: createHttpGet(),
      clock: systemClock,
      random: Math.random,
    }),
    publisher: createPublisher(config.aggregateTopic),
    log: createLogger(
      { level: config.logLevel, secrets: secretsIn(config.access.token) },
      labels({ entry_point: 'iexApi', quote_source: config.sourceName }),
    ),
    project: config.project,
  };
  return (event) => handleTick(event, parts);
});

/**
 * Registers an entry point. Its dependencies are made once in an instance: at the start if
 * `FUNCTION_TARGET` names it, so that an instance with a wrong configuration never serves;
 * otherwise at its first event, so that each entry point needs only its own configuration.
 */
function entryPoint(name: string, create: () => Handler): CloudEventFunction {
  let handler: Handler | undefined;
  const prepare = () => {
    handler ??= createOrExit(name, create);
    return handler;
  };
  if (process.env.FUNCTION_TARGET === name) prepare();
  const handle = (event: unknown) => prepare()(event);
  cloudEvent(name, handle);
  return handle;
}

/** Values that must never be logged: the token, and the secret part of one like `KEY_ID:SECRET`. */
function secretsIn(token: string | undefined): string[] {
  if (token === undefined) return [];
  return [token, token.slice(token.indexOf(':') + 1)].filter((secret) => secret !== '');
}

/** Ends the process with one log line if the configuration is wrong. */
function createOrExit(name: string, create: () => Handler): Handler {
  try {
    return create();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    createLogger({ level: 'error' }).error(`${name}: ${error.message}`);
    process.exit(1);
  }
}
