import { spawn } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { temporaryFolder } from 'iex-test/support/folder';
import { sharedFolder } from 'iex-test/support/shared-folder';
import { skipSuite } from 'iex-test/support/skip';
import { FRUGAL_GO, startProvider } from './provider.js';

/** The configuration as it is in the repository. */
export const INFRASTRUCTURE = fileURLToPath(new URL('../../../infrastructure', import.meta.url));

/** Where Terraform installs providers, which are large. */
const PROVIDERS = '.terraform/providers';

/** The file with the result of `terraform init`. */
const INIT = 'init.json';

/** How long it may take, in ms: the provider may have to be downloaded. */
const INIT_MS = 300_000;

/** Terraform's error if it found no provider to install. */
const NO_PROVIDER = /Failed to (query available provider packages|install provider)/;

interface CommandResult {
  /** Exit code; null if Terraform could not be started. */
  code: number | null;
  stdout: string;
  /** Without colours. */
  output: string;
}

/** Runs Terraform in a folder to its end. */
export async function terraform(folder: string, args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn('terraform', [`-chdir=${folder}`, ...args], {
      env: { ...process.env, ...FRUGAL_GO, TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.on('error', () => resolve({ code: null, stdout: '', output: '' }));
    child.on('close', (code) => {
      resolve({ code, stdout, output: stripVTControlCharacters(output) });
    });
  });
}

/**
 * Prepares a copy of the configuration before the tests of the calling suite, because Terraform
 * leaves files next to the configuration; see `initializedConfiguration`. The processes of the
 * suite share a provider.
 */
export function copyOfConfiguration(): string {
  const folder = temporaryFolder();
  let stopProvider: (() => void) | undefined;
  before(async function () {
    copyInitialized(await initializedConfiguration(this), folder);
    stopProvider = await startProvider(folder);
  });
  after(() => stopProvider?.());
  return folder;
}

/**
 * The configuration with its provider, which is installed once for all tests; they work on copies.
 * The provider comes from the place that `TF_CLI_CONFIG_FILE` names, the registry by default.
 * Called in a `before` hook: skips the suite without Terraform or a provider.
 */
export async function initializedConfiguration(context: Mocha.Context): Promise<string> {
  context.timeout(INIT_MS);
  const folder = await sharedFolder('configuration', async (copy) => {
    cpSync(INFRASTRUCTURE, copy, {
      recursive: true,
      filter: (path) => !basename(path).startsWith('.terraform'),
    });
    const ended = await terraform(copy, ['init', '-backend=false', '-input=false']);
    writeFileSync(join(copy, INIT), JSON.stringify(ended));
  });
  const { code, output }: CommandResult = JSON.parse(readFileSync(join(folder, INIT), 'utf8'));
  if (code === null) skipSuite(context, 'terraform is not installed');
  if (NO_PROVIDER.test(output)) skipSuite(context, 'the google provider is out of reach');
  if (code !== 0) throw new Error(output);
  return folder;
}

/** Copies what `initializedConfiguration` returns, except for the provider. */
export function copyInitialized(source: string, target: string): void {
  const providers = join(source, PROVIDERS);
  cpSync(source, target, { recursive: true, filter: (path) => path !== providers });
  symlinkSync(providers, join(target, PROVIDERS));
}

/** A resource in the state after a run. */
export interface Resource {
  address: string;
  mode: 'managed' | 'data';
  type: string;
  values: Record<string, unknown>;
}

/** An attribute of a provider's schema: one that Google computes may also be optional. */
export interface AttributeSchema {
  optional?: boolean;
  computed?: boolean;
}

/**
 * A block of a provider's schema; see
 * https://developer.hashicorp.com/terraform/cli/commands/providers/schema
 */
export interface BlockSchema {
  attributes?: Record<string, AttributeSchema>;
  block_types?: Record<string, { block: BlockSchema }>;
}

/** The result of a run of `terraform test`. */
export interface TestRun {
  status: string;
  /** The errors, for people to read. */
  problems: string[];
  /**
   * The resources after a run that applies, if `-verbose` asks for them; the same for `outputs` and
   * `schemas`.
   */
  resources: Resource[];
  outputs: Record<string, unknown>;
  /** The schema of each type of resource. */
  schemas: Record<string, BlockSchema>;
}

/** The runs of the test files, by file and name, and other errors. */
export interface TestResult {
  runs: Map<string, TestRun>;
  problems: string[];
}

/**
 * A line of `terraform test -json`; see
 * https://developer.hashicorp.com/terraform/internals/machine-readable-ui
 */
interface TestMessage {
  type: string;
  '@testfile'?: string;
  '@testrun'?: string;
  test_run?: { progress: string; status?: string };
  test_state?: {
    root_module?: { resources?: Resource[] };
    outputs?: Record<string, { value: unknown }>;
    provider_schemas?: Record<
      string,
      { resource_schemas?: Record<string, { block: BlockSchema }> }
    >;
  };
  diagnostic?: {
    severity: string;
    summary: string;
    detail: string;
    range?: { filename: string; start: { line: number } };
  };
}

/** Runs the test files, with further flags of `terraform test`; resolves to its output. */
export async function runTests(folder: string, ...flags: string[]): Promise<string> {
  return (await terraform(folder, ['test', '-json', ...flags])).stdout;
}

/** Reads the output of `runTests`. */
export function readTestResult(stdout: string): TestResult {
  const result: TestResult = { runs: new Map(), problems: [] };
  for (const line of stdout.split('\n')) {
    if (line.startsWith('{')) readMessage(JSON.parse(line), result);
  }
  return result;
}

function readMessage(message: TestMessage, { runs, problems }: TestResult): void {
  const name = `${basename(message['@testfile'] ?? '')} ${message['@testrun']}`;
  const run = runs.get(name) ?? {
    status: 'not run',
    problems: [],
    resources: [],
    outputs: {},
    schemas: {},
  };
  if (message['@testrun']) runs.set(name, run);
  switch (message.type) {
    case 'test_run':
      run.status = message.test_run?.status ?? run.status;
      break;
    case 'test_state': {
      const { root_module, outputs = {}, provider_schemas = {} } = message.test_state ?? {};
      run.resources = root_module?.resources ?? [];
      for (const [output, { value }] of Object.entries(outputs)) run.outputs[output] = value;
      for (const { resource_schemas = {} } of Object.values(provider_schemas)) {
        for (const [type, { block }] of Object.entries(resource_schemas)) run.schemas[type] = block;
      }
      break;
    }
    case 'diagnostic': {
      const { severity, summary, detail, range } = message.diagnostic!;
      if (severity !== 'error') break;
      const place = range ? `${range.filename}:${range.start.line}: ` : '';
      (message['@testrun'] ? run.problems : problems).push(`${place}${summary}: ${detail}`);
      break;
    }
  }
}
