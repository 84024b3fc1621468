import { CommandError, type RunOptions, run } from 'iex-cli';
import type { Layout } from 'iex-contract';
import { pause } from './pause.js';
import type { Plan } from './plan.js';

/** Terraform's variables, as a deployment passes them: first its own values, then the files. */
export interface Variables {
  values: Readonly<Record<string, string>>;
  /** Absolute paths. */
  files: readonly string[];
}

/** The variables of the infrastructure that a deployment itself must know. */
export interface Settings {
  dataflow_layout: Layout;
  dataflow_machine_type: string;
  quote_source: string;
  /** In minutes. */
  resolutions: number[];
  window_engine: 'dataflow' | 'bigquery' | 'both';
  [name: string]: unknown;
}

const SETTINGS = [
  'dataflow_layout',
  'dataflow_machine_type',
  'quote_source',
  'resolutions',
  'window_engine',
];

/** An output, as Terraform shows it. */
type Outputs = Record<string, { value: unknown } | undefined>;

/** How often to run a command that does not wait for the state's lock itself, in ms. */
const LOCK_POLL_MS = 5000;

const MS = { s: 1000, m: 60_000, h: 3_600_000 };

/** Terraform, working in a folder. */
export class Terraform {
  readonly #folder: string;
  readonly #lockTimeout: string;
  readonly #signal: AbortSignal;

  /**
   * @param folder of the configuration
   * @param lockTimeout how long to wait for the state's lock, a number with its unit `s`, `m` or
   *   `h`
   * @param signal interrupts Terraform, which then ends in order
   */
  constructor(folder: string, lockTimeout: string, signal: AbortSignal) {
    this.#folder = folder;
    this.#lockTimeout = lockTimeout;
    this.#signal = signal;
  }

  /**
   * @param bucket of the state
   * @throws {CommandError}
   */
  async init(bucket: string): Promise<void> {
    // Another bucket than the last time is another deployment, whose state must not be moved.
    await this.#run(['init', '-input=false', '-reconfigure', `-backend-config=bucket=${bucket}`]);
  }

  /**
   * Asks Terraform for the values of variables, wherever each is set; this also checks all
   * variables.
   *
   * @param onWait called when another deployment holds the state's lock
   * @returns the settings, and the values that Terraform uses for the variables that are passed
   * @throws {CommandError}
   */
  async settings(variables: Variables, onWait: () => void): Promise<Settings> {
    const names = [...SETTINGS, ...Object.keys(variables.values)];
    const fields = names.map((name) => `${name} = var.${name}`).join(', ');
    const { stdout, stderr } = await this.#withLock(onWait, () =>
      this.#run(['console', ...argumentsOf(variables)], { input: `jsonencode({${fields}})\n` }),
    );
    // It shows what is wrong with a variable, and still exits with 0.
    if (/^Error: /m.test(stderr))
      throw new CommandError('A variable is wrong', { details: stderr });
    // A string of HCL that has JSON in it, after warnings.
    return JSON.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  }

  /**
   * @param file takes the plan
   * @param onWait called when another deployment holds the state's lock
   * @throws {CommandError}
   */
  async plan(
    file: string,
    variables: Variables,
    { destroy, onWait }: { destroy: boolean; onWait: () => void },
  ): Promise<Plan> {
    const mode = destroy ? ['-destroy'] : [];
    await this.#run(
      ['plan', ...this.#changeFlags, ...mode, `-out=${file}`, ...argumentsOf(variables)],
      { onLine: (line) => /^Acquiring state lock/.test(line) && onWait() },
    );
    return await this.read(file);
  }

  /** @throws {CommandError} */
  async read(planFile: string): Promise<Plan> {
    return JSON.parse((await this.#run(['show', '-json', planFile])).stdout);
  }

  /**
   * Applies a plan, and shows the progress, then the outputs.
   *
   * @param onLine called with each line instead of showing it; the error then contains the last
   *   ones
   * @throws {CommandError}
   */
  async apply(planFile: string, onLine?: (line: string) => void): Promise<void> {
    const shown = onLine ? { onLine } : { isShown: true };
    await this.#run(['apply', ...this.#changeFlags, planFile], shown);
  }

  /**
   * Creates certain resources, and what they depend on, without asking.
   *
   * @throws {CommandError}
   */
  async create(addresses: readonly string[], variables: Variables): Promise<void> {
    const targets = addresses.map((address) => `-target=${address}`);
    await this.#run([
      ...['apply', ...this.#changeFlags, '-auto-approve', ...targets],
      ...argumentsOf(variables),
    ]);
  }

  async showOutputs(): Promise<void> {
    await this.#run(['output'], { isShown: true });
  }

  /** The outputs of the last apply; none before the first. */
  async outputs(): Promise<Outputs> {
    return JSON.parse((await this.#run(['output', '-json'])).stdout);
  }

  get #changeFlags(): string[] {
    return ['-input=false', `-lock-timeout=${this.#lockTimeout}`];
  }

  /** Repeats a command that does not wait for the lock itself. */
  async #withLock<T>(onWait: () => void, command: () => Promise<T>): Promise<T> {
    const unit = this.#lockTimeout.at(-1) as keyof typeof MS;
    const deadline = performance.now() + Number.parseInt(this.#lockTimeout, 10) * MS[unit];
    for (;;) {
      try {
        return await command();
      } catch (error) {
        const leftMs = deadline - performance.now();
        if (!isLockError(error) || leftMs < 0) throw error;
        onWait();
        await pause(Math.min(LOCK_POLL_MS, leftMs), this.#signal);
      }
    }
  }

  #run([command = '', ...rest]: readonly string[], options: RunOptions = {}) {
    // What is kept is read by a program, or shown later.
    const hasColors = options.isShown && process.stdout.isTTY && !process.env.NO_COLOR;
    const flags = hasColors || command === 'show' ? [] : ['-no-color'];
    return run('terraform', [`-chdir=${this.#folder}`, command, ...flags, ...rest], {
      name: `terraform ${command}`,
      signal: this.#signal,
      stopSignal: 'SIGINT',
      env: {
        // Leaves out what to type next, which is up to this program.
        TF_IN_AUTOMATION: '1',
        // Overrides the workspace that `terraform workspace select` has stored in the folder.
        TF_WORKSPACE: 'default',
      },
      ...options,
    });
  }
}

const isLockError = (error: unknown) =>
  error instanceof CommandError && error.details.includes('acquiring the state lock');

const argumentsOf = ({ values, files }: Variables) => [
  ...Object.entries(values).map(([name, value]) => `-var=${name}=${value}`),
  ...files.map((file) => `-var-file=${file}`),
];
