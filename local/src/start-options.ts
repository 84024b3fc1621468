import { accessSync, constants } from 'node:fs';
import { UsageError } from 'iex-cli/errors';
import { choice, wholeNumber } from 'iex-cli/flag-values';
import { parseFlags } from 'iex-cli/parse-flags';
import { userPath } from 'iex-cli/user-path';
import { resolutions, symbols } from 'iex-contract/infrastructure';
import { readAllowedHosts } from 'iex-dashboard/server/allowed-hosts';
import type { LocalRunOptions } from './local-run.js';
import { shapes } from './quote-simulator/shapes/index.js';

/** In the project's folder, whatever the current folder is. */
const DATA_DIR = '.local';

const quoteSources = Object.keys(shapes);

/** In minutes; by default the longest window is full at once. */
const HISTORY = { default: Math.max(...resolutions), most: 120 };

export const START_HELP = `Usage: npm start -- [options]

Runs the whole pipeline on this machine until Ctrl-C.

  --duration SECONDS       end after this many seconds
  --port N                 port of the dashboard (default 8080)
  --data-dir DIR           folder for the database and the logs (default .local in the project's folder)
  --symbols A,B            symbols to follow (default ${symbols.join(',')})
  --alarm-mode MODE        fan_out: one alarm for all symbols (default); per_symbol: one for each
  --quote-source NAME      shape of the quote API: ${quoteSources.join(', ')} (default iex)
  --quote-url URL          its address (default: the simulator, which speaks every shape)
  --quote-token-file FILE  file with the token for it
  --seed N                 seed of the simulator's prices (default 1)
  --history MINUTES        with the simulator and an empty database, begin with the quotes of this many minutes before
                           the start (default ${HISTORY.default}, most ${HISTORY.most}, 0 for none)
  --allow-host HOST        another name under which a proxy on this machine serves the dashboard, such as that of
                           Cloud Shell's web preview; *.HOST for all names below it; may be repeated
  --help                   this text`;

export interface StartOptions extends Omit<LocalRunOptions, 'shell'> {
  /** How long to run; undefined: until stopped. */
  durationSeconds: number | undefined;
}

/** A symbol as exchanges write them: BRK.B, BF-B, BTC/USD, ^GSPC. */
const SYMBOL = /^[A-Z0-9^][A-Z0-9.:/=-]{0,15}$/;

/**
 * Reads the command line of `npm start`.
 *
 * @returns undefined if it asks for help
 * @throws {UsageError} if a flag is wrong; the message names the flag and what it takes
 */
export function parseStartOptions(argv: readonly string[]): StartOptions | undefined {
  const { values } = parseFlags(argv, {
    duration: { type: 'string' },
    port: { type: 'string', default: '8080' },
    'data-dir': { type: 'string' },
    symbols: { type: 'string', default: symbols.join() },
    'alarm-mode': { type: 'string', default: 'fan_out' },
    'quote-source': { type: 'string', default: 'iex' },
    'quote-url': { type: 'string' },
    'quote-token-file': { type: 'string' },
    seed: { type: 'string', default: '1' },
    history: { type: 'string' },
    'allow-host': { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean' },
  });
  if (values.help) return undefined;
  return {
    durationSeconds:
      values.duration === undefined
        ? undefined
        : wholeNumber('--duration', values.duration, { least: 1, most: 86_400 }),
    port: wholeNumber('--port', values.port, { least: 0, most: 65_535 }),
    dataDir: values['data-dir'] === undefined ? DATA_DIR : folder('--data-dir', values['data-dir']),
    symbols: symbolList(values.symbols),
    alarmMode: choice('--alarm-mode', values['alarm-mode'], ['fan_out', 'per_symbol']),
    quoteSource: choice('--quote-source', values['quote-source'], quoteSources),
    quoteUrl: values['quote-url'] && httpUrl('--quote-url', values['quote-url']),
    quoteTokenFile:
      values['quote-token-file'] && readableFile('--quote-token-file', values['quote-token-file']),
    seed: wholeNumber('--seed', values.seed, { least: 0, most: 2 ** 32 - 1 }),
    history: historyMinutes(values.history, values['quote-url']),
    allowHost: readAllowedHosts(values['allow-host']),
  };
}

/** A real quote API is not asked for the past, and a past is never invented for it. */
function historyMinutes(text: string | undefined, quoteUrl: string | undefined): number {
  const minutes =
    text === undefined
      ? HISTORY.default
      : wholeNumber('--history', text, { least: 0, most: HISTORY.most });
  if (!quoteUrl) return minutes;
  if (text !== undefined && minutes > 0) {
    throw new UsageError('--history is for the simulator only; leave it out with --quote-url');
  }
  return 0;
}

function symbolList(text: string): string[] {
  const list = text.split(',').map((symbol) => symbol.trim().toUpperCase());
  const wrong = list.find((symbol) => !SYMBOL.test(symbol));
  if (wrong !== undefined) {
    throw new UsageError(
      `--symbols takes symbols separated by commas, like AAPL,BRK.B; '${wrong}' is not a symbol`,
    );
  }
  return [...new Set(list)];
}

function httpUrl(flag: string, text: string): string {
  const protocol = URL.canParse(text) ? new URL(text).protocol : undefined;
  if (protocol === 'http:' || protocol === 'https:') return text;
  throw new UsageError(`${flag} takes an http or https URL, not '${text}'`);
}

function folder(flag: string, path: string): string {
  if (path === '') throw new UsageError(`${flag} takes the path of a folder`);
  return userPath(path);
}

function readableFile(flag: string, named: string): string {
  const path = userPath(named);
  try {
    accessSync(path, constants.R_OK);
    return path;
  } catch (error) {
    throw new UsageError(
      `${flag}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`,
      {
        cause: error,
      },
    );
  }
}
