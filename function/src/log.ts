/** Severities of Cloud Logging, from the lowest to the highest. */
export const LOG_LEVELS = ['debug', 'info', 'warning', 'error'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Further fields of a log entry; they become its `jsonPayload`. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one line of JSON for each entry at or above its level. */
export type Logger = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>> & {
  /** The same logger with `fields` on every entry. */
  with(fields: LogFields): Logger;
};

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Values that must never be written, in any field. */
  readonly secrets?: readonly string[];
  /** Takes one whole line, line feed included. */
  readonly write?: (line: string) => void;
}

/**
 * Makes a logger in the structured format that Cloud Run's log agent reads from stdout: one JSON
 * object a line; `severity` and `message` become those of the entry, the rest becomes its payload.
 * The format is so small that it is written by hand, without a logging library in the bundle.
 * See https://cloud.google.com/logging/docs/structured-logging
 */
export function createLogger(options: LoggerOptions, base: LogFields = {}): Logger {
  const write = options.write ?? ((line: string) => void process.stdout.write(line));
  const redact = redactor(options.secrets ?? []);
  const threshold = LOG_LEVELS.indexOf(options.level);

  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (LOG_LEVELS.indexOf(level) < threshold) return;
    const entry = { severity: level.toUpperCase(), message, ...base, ...fields };
    write(`${JSON.stringify(entry, redact)}\n`);
  };

  return {
    debug: at('debug'),
    info: at('info'),
    warning: at('warning'),
    error: at('error'),
    with: (fields) => createLogger(options, { ...base, ...fields }),
  };
}

/** The field by which Cloud Logging filters entries fast; values must be strings. */
export function labels(values: Readonly<Record<string, string>>): LogFields {
  return { 'logging.googleapis.com/labels': values };
}

/**
 * The fields that make an entry part of its request's trace.
 *
 * @param traceparent the W3C header (https://www.w3.org/TR/trace-context/); an invalid one gives no
 *   fields
 * @param project the project that owns the trace; without it the bare trace id is written
 */
export function traceFields(traceparent: unknown, project: string | undefined): LogFields {
  const parts = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}/.exec(String(traceparent));
  if (!parts) return {};
  const [, trace, span] = parts;
  return {
    'logging.googleapis.com/trace': project ? `projects/${project}/traces/${trace}` : trace,
    'logging.googleapis.com/spanId': span,
  };
}

/** A JSON replacer that redacts the secrets in every string, plain or percent-encoded. */
function redactor(secrets: readonly string[]): (key: string, value: unknown) => unknown {
  const forbidden = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]);
  return (_key, value) =>
    typeof value === 'string'
      ? forbidden.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), value)
      : value;
}
