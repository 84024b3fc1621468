/** Names and values of environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variables of the user's environment that a process needs to run at all, in upper case. No
 * other is passed on: a shell may hold the project, the credentials and the log level of other
 * work, and flags and hooks for other programs.
 */
const BASICS = new Set([
  ...['PATH', 'TMPDIR', 'LANG', 'LANGUAGE', 'LC_ALL', 'LC_CTYPE', 'LD_LIBRARY_PATH'],
  // Windows
  ...['SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'COMSPEC', 'PATHEXT', 'TEMP', 'TMP'],
]);

/** The variables that the terminal's display needs in addition. */
const TERMINAL = new Set([
  'TERM',
  'COLORTERM',
  'NO_COLOR',
  'FORCE_COLOR',
  'CI',
  'COLUMNS',
  'LINES',
]);

/**
 * Variables that say how to reach hosts outside this machine, in upper case; curl's spelling in
 * lower case counts as well.
 */
const NETWORK = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'];

/** Hosts that are never reached through a proxy: the proxy's loopback is another machine's. */
const LOOPBACK = 'localhost,127.0.0.1,::1';

/**
 * The environment of a part of the pipeline: the basics of the user's shell, and the part's own
 * variables.
 */
export function partEnvironment(shell: Environment, own: Environment): NodeJS.ProcessEnv {
  return {
    ...select(shell, BASICS),
    // By default, Google's clients look for a metadata server and warn if there is none.
    METADATA_SERVER_DETECTION: 'none',
    ...own,
  };
}

/** The variables that a part also needs to reach the internet from behind a company's proxy. */
export function networkEnvironment(shell: Environment): Environment {
  const settings: Record<string, string> = {};
  for (const name of NETWORK) {
    const value = shell[name.toLowerCase()] || shell[name];
    if (value) settings[name] = value;
  }
  if (shell.NODE_EXTRA_CA_CERTS) settings.NODE_EXTRA_CA_CERTS = shell.NODE_EXTRA_CA_CERTS;
  return {
    ...settings,
    NO_PROXY: [LOOPBACK, settings.NO_PROXY].filter(Boolean).join(),
    // gRPC goes to the Pub/Sub emulator only. On Windows, where names have no case, it would find
    // the proxy.
    no_grpc_proxy: [LOOPBACK, hostOf(shell.PUBSUB_EMULATOR_HOST)].filter(Boolean).join(),
  };
}

/**
 * Removes from this process's own environment all but the basics, because Google's clients and gRPC
 * read it.
 *
 * @returns the environment as it was
 */
export function takeEnvironment(): Environment {
  const shell = { ...process.env };
  const kept = partEnvironment(shell, select(shell, TERMINAL));
  for (const name of Object.keys(shell)) {
    if (kept[name] === undefined) delete process.env[name];
  }
  Object.assign(process.env, kept);
  return shell;
}

function select(environment: Environment, names: ReadonlySet<string>): Environment {
  const entries = Object.entries(environment);
  return Object.fromEntries(entries.filter(([name]) => names.has(name.toUpperCase())));
}

function hostOf(hostAndPort: string | undefined): string | undefined {
  return hostAndPort?.replace(/:\d+$/, '');
}
