import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { NO_CODE } from 'iex-deploy';
import { DataflowStub } from 'iex-test/support/dataflow-stub';
import type { Ended, ScriptHost } from 'iex-test/support/script-host';
import { StorageEmulator } from 'iex-test/support/storage-emulator';
import { Terminal } from 'iex-test/support/terminal';
import { checkoutWithStubs, ROOT } from './checkout.js';

const STAND_IN = fileURLToPath(new URL('stand-in.sh', import.meta.url));

/** What ends a call, and each of its fields, in the file of calls. */
const [RECORD_SEPARATOR, UNIT_SEPARATOR] = ['\x1e', '\x1f'];

export const PROJECT = 'test-project';
export const STATE = `${PROJECT}-iex-stream-state`;
export const CODE = `${PROJECT}-iex-stream-code`;

/**
 * The behaviour of a program on the path when it is called with certain arguments; see
 * stand-in.sh.
 */
export interface Answer {
  program: string;
  /** Arguments that identify the call, in any order. */
  args: string[];
  stdout?: string;
  stderr?: string;
  /** The exit code, 0 by default. */
  code?: number;
  /** What it writes to the file that `-out` names. */
  plan?: string;
  /** How long it works, in ms. */
  takesMs?: number;
  /** Whether it starts another process, which outlives it unless it is ended. */
  startsChild?: boolean;
  /** Whether it ends only when it is asked to, by SIGINT or SIGTERM, or not even then. */
  waits?: 'for a signal' | 'stubbornly';
}

/** Something that happened to a program on the path. */
export interface Call {
  program: string;
  args: string[];
  /** `start`, `end`, `child`, or the name of a signal. */
  event: string;
  /** What was on its standard input when it started. */
  input?: string;
  /** Of a child. */
  pid?: number;
}

/** A recorded plan, as `terraform show -json` gives it. */
export const recordedPlan = (name: string) =>
  readFileSync(join(ROOT, `test/fixtures/deploy/plan-${name}.json`), 'utf8');

/** A machine to deploy from: programs on the path, and buckets. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'iex-stream-test-'));
  /** The checkout that is deployed. */
  readonly checkout: string;
  readonly emulator: StorageEmulator;
  readonly #answers: Answer[] = [];
  #terminals: Terminal[] = [];

  readonly dataflow: DataflowStub;

  private constructor(checkout: string, emulator: StorageEmulator, dataflow: DataflowStub) {
    this.checkout = checkout;
    this.emulator = emulator;
    this.dataflow = dataflow;
  }

  /**
   * One from which a deployment succeeds: the buckets are as bootstrap creates them, and every
   * program works.
   */
  static async open(): Promise<Workplace> {
    const workplace = new Workplace(
      await checkoutWithStubs(),
      await StorageEmulator.start(),
      await DataflowStub.start(),
    );
    for (const name of [STATE, CODE]) {
      workplace.emulator.add({
        name,
        project: PROJECT,
        location: 'EUROPE-WEST2',
        iamConfiguration: {
          uniformBucketLevelAccess: { enabled: true },
          publicAccessPrevention: 'enforced',
        },
        versioning: { enabled: true },
        lifecycle: { rule: [{ action: { type: 'Delete' }, condition: { numNewerVersions: 10 } }] },
      });
    }
    mkdirSync(join(workplace.folder, 'tmp'));
    // What the terminal needs itself.
    symlinkSync('/bin/stty', join(workplace.folder, 'stty'));
    workplace.answer('npm', ['build']);
    workplace.answer('zip-functions', [], { stdout: 'functions' });
    workplace.answerTemplates('abcdefabcdef');
    for (const program of ['java', 'mvn']) workplace.answer(program, ['-version']);
    workplace.answer('python3', ['--version']);
    workplace.answer('terraform', ['version'], { stdout: '{"terraform_version": "1.9.0"}' });
    workplace.answer('terraform', ['init']);
    workplace.answerSettings({});
    workplace.answer('terraform', ['plan']);
    workplace.answer('terraform', ['show'], { stdout: recordedPlan('create') });
    workplace.answer('terraform', ['apply'], { stdout: 'Apply complete!\n' });
    workplace.answer('terraform', ['output'], { stdout: 'topics = []\n' });
    workplace.answerOutputs({ dataflow_jobs: { 'iex-aggregate-1': 'job-1' } });
    return workplace;
  }

  async close(): Promise<void> {
    for (const terminal of this.#terminals) await terminal.kill();
    await this.emulator.close();
    await this.dataflow.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Puts a program on the path. Of several answers that match a call, the last counts. */
  answer(program: string, args: string[], answer: Partial<Answer> = {}): void {
    this.#answers.push({ program, args, ...answer });
    const answers = this.#answers.filter((answer) => answer.program === program);
    const lines = [
      '#!/bin/sh',
      assignments({ program, calls: this.#calls, record_separator: RECORD_SEPARATOR }),
      'find_answer() {',
      ...answers.reverse().flatMap(branchOf),
      '  return 1',
      '}',
      `. ${quoted(STAND_IN)}`,
    ];
    const file = join(this.folder, program);
    // In one step: the program may be running.
    writeFileSync(`${file}.new`, `${lines.join('\n')}\n`, { mode: 0o755 });
    renameSync(`${file}.new`, file);
  }

  /** The values of Terraform's variables. */
  answerSettings(settings: Record<string, unknown>): void {
    const value = {
      project_id: PROJECT,
      region: 'europe-west2',
      code_bucket: CODE,
      function_object: NO_CODE.function_object,
      dataflow_template_version: NO_CODE.dataflow_template_version,
      dataflow_layout: 'per_resolution',
      dataflow_machine_type: 'e2-standard-2',
      quote_source: 'alpaca',
      resolutions: [1, 5, 15],
      window_engine: 'dataflow',
      ...settings,
    };
    // A string of HCL.
    const stdout = `${JSON.stringify(JSON.stringify(value))}\n`;
    this.answer('terraform', ['console'], { stdout });
  }

  /** The outputs of the last apply. */
  answerOutputs(outputs: Record<string, unknown>): void {
    const entries = Object.entries(outputs).map(([name, value]) => [name, { value }]);
    const stdout = JSON.stringify(Object.fromEntries(entries));
    this.answer('terraform', ['output', '-json'], { stdout });
  }

  /** The output of the stub of the templates' builder; see stubs/template.mjs. */
  answerTemplates(version: string): void {
    this.answer('build-templates', [], { stderr: 'building the jar\n', stdout: version });
  }

  /** Removes a program from the path. */
  remove(program: string): void {
    rmSync(join(this.folder, program));
  }

  /** The events of a program, in order, with joined arguments. */
  callsOf(program: string, event = 'start'): string[] {
    return this.calls()
      .filter((call) => call.program === program && call.event === event)
      .map(({ args }) => args.join(' '));
  }

  forgetCalls(): void {
    rmSync(this.#calls, { force: true });
  }

  calls(): Call[] {
    if (!existsSync(this.#calls)) return [];
    const records = readFileSync(this.#calls, 'utf8').split(RECORD_SEPARATOR + UNIT_SEPARATOR);
    // The text after the last separator is not complete yet.
    return records.slice(0, -1).map((record) => {
      const [program = '', event = '', detail = '', ...args] = record
        .split(UNIT_SEPARATOR)
        .slice(0, -1);
      return {
        program,
        event,
        args,
        ...(event === 'start' && { input: detail }),
        ...(event === 'child' && { pid: Number(detail) }),
      };
    });
  }

  get #calls(): string {
    return join(this.folder, 'calls');
  }

  get env(): NodeJS.ProcessEnv {
    return {
      PATH: this.folder,
      STORAGE_EMULATOR_HOST: this.emulator.url,
      GOOGLE_DATAFLOW_CUSTOM_ENDPOINT: this.dataflow.url,
      GOOGLE_OAUTH_ACCESS_TOKEN: 'test-token',
      TMPDIR: join(this.folder, 'tmp'),
    };
  }

  /** Runs the deployment to its end, without a terminal. */
  deploy(
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    script = join(this.checkout, 'deploy.mjs'),
  ): Promise<Ended> {
    return this.start(args, env, script).ended;
  }

  /** Runs the deployment to its end in a process that other deployments use too. */
  deployIn(
    host: ScriptHost,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    script = join(this.checkout, 'deploy.mjs'),
  ): Promise<Ended> {
    return host.run(script, args, { ...process.env, ...this.env, ...env });
  }

  /** Starts the deployment without a terminal, with nothing to read or with some input. */
  start(
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    script = join(this.checkout, 'deploy.mjs'),
    input?: string,
  ): { process: ChildProcess; ended: Promise<Ended>; shown: () => string } {
    const child = spawn(process.execPath, [script, ...args], {
      env: { ...process.env, ...this.env, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      // A safeguard, so that no test hangs.
      timeout: 150_000,
      killSignal: 'SIGKILL',
    });
    child.stdin?.end(input);
    const written = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text) => {
        written[name] += stripVTControlCharacters(text);
      });
    }
    const ended = once(child, 'close').then(([code, signal]) => ({
      code: code ?? signal,
      ...written,
    }));
    return { process: child, ended, shown: () => written.stdout };
  }

  /** Starts the deployment, or another script, in a terminal; its arguments are words of sh. */
  openTerminal(
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    script = join(this.checkout, 'deploy.mjs'),
  ): Terminal {
    const command = [process.execPath, script, ...args].join(' ');
    const terminal = new Terminal(command, { ...this.env, ...env });
    this.#terminals.push(terminal);
    return terminal;
  }
}

/** The lines of sh that take an answer if the call is one that it is for; see stand-in.sh. */
function branchOf({ args, waits, startsChild, ...answer }: Answer): string[] {
  const { stdout = '', stderr = '', code = 0, plan = '', takesMs = waits ? 60_000 : 0 } = answer;
  const values = { stdout, stderr, code, plan, waits: waits ?? '' };
  return [
    `if ${['true', ...args.map((argument) => `has ${quoted(argument)} "$@"`)].join(' && ')}; then`,
    assignments({ ...values, takes: takesMs / 1000, starts_child: startsChild ? 'yes' : '' }),
    'return; fi',
  ];
}

const assignments = (values: Record<string, string | number>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${quoted(String(value))}`)
    .join(' ');

/** Quotes a word for sh. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
