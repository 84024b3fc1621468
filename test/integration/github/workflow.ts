import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** A step of a job, with those fields that are used here. */
export interface Step {
  name?: string;
  uses?: string;
  run?: string;
  env?: Record<string, string>;
}

export interface Job {
  if?: string;
  permissions: Record<string, string>;
  environment?: string;
  steps: Step[];
}

export interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  env?: Record<string, string>;
  jobs: Record<string, Job>;
}

export const readWorkflow = (name: string): Workflow =>
  parse(readFileSync(`${ROOT}/.github/workflows/${name}.yml`, 'utf8'));

/** All commands of a workflow. */
export const commandsOf = ({ jobs }: Workflow): string[] =>
  Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => (run ? [run] : [])));

/** Values of expressions such as `vars.DEPLOY_PROJECT`. */
export type Context = Readonly<Record<string, string>>;

/** The variables of a step, with the values that GitHub would put in. */
export function environmentOf(workflow: Workflow, step: Step, context: Context) {
  const entries = Object.entries({ ...workflow.env, ...step.env }).map(([name, value]) => {
    const filled = value.replaceAll(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
      const found = context[expression];
      if (found === undefined) throw new Error(`no value for ${expression}`);
      return found;
    });
    return [name, filled];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Runs a step's command as GitHub does for `shell: bash`. */
export async function runStep(step: Step, folder: string, env: NodeJS.ProcessEnv) {
  const flags = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run ?? ''];
  const child = spawn('bash', flags, {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A safeguard, so that no test hangs.
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code: code as number | null, stdout, stderr };
}
