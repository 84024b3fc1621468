import { UsageError } from 'iex-cli/errors';

const LABEL = '[a-z\\d]([a-z\\d-]*[a-z\\d])?';
const PATTERN = new RegExp(`^(\\*\\.)?${LABEL}(\\.${LABEL})*$`, 'i');

/**
 * Checks the values of the flag `--allow-host`: names without a port, which may begin with `*.` for
 * all names below.
 *
 * @throws {UsageError} for anything else
 */
export function readAllowedHosts(values: readonly string[]): readonly string[] {
  const wrong = values.find((value) => !PATTERN.test(value));
  if (wrong === undefined) return values;
  throw new UsageError(`--allow-host takes a host name without a port, not '${wrong}'`);
}

/** Whether a host name is an allowed one, or below one that begins with `*.`. */
export function isAllowedHost(host: string, allowed: readonly string[]): boolean {
  const name = host.toLowerCase();
  return allowed
    .map((pattern) => pattern.toLowerCase())
    .some((pattern) =>
      pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) : name === pattern,
    );
}
