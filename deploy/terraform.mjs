import { run } from './command.mjs';
import { CommandError } from './errors.mjs';

/**
 * Terraform's variables, as a deployment gives them: first those that it sets itself, then the files.
 *
 * @typedef {object} Variables
 * @property {Record<string, string>} values
 * @property {readonly string[]} files absolute paths
 */

/** Of the variables of the infrastructure, those that a deployment must know itself. */
const SETTINGS = ['project_id', 'region', 'code_bucket', 'dataflow_layout', 'resolutions'];

/**
 * @typedef {object} Settings
 * @property {string} project_id
 * @property {string} region
 * @property {string} code_bucket
 * @property {'per_resolution' | 'single'} dataflow_layout
 * @property {number[]} resolutions in minutes
 */

/** Terraform on the path, at work in a folder. */
export class Terraform {
  #folder;
  #signal;

  /**
   * @param {string} folder of the configuration
   * @param {AbortSignal} signal interrupts Terraform, which then ends in order
   */
  constructor(folder, signal) {
    this.#folder = folder;
    this.#signal = signal;
  }

  /** @param {string} bucket of the state */
  async init(bucket) {
    // Another bucket than the last time is another deployment, whose state is not to be moved.
    await this.#run(['init', '-input=false', '-reconfigure', `-backend-config=bucket=${bucket}`]);
  }

  /**
   * What Terraform itself takes some variables for, wherever each has its value from. It also checks all of them.
   *
   * @param {Variables} variables
   * @returns {Promise<Settings>}
   */
  async settings(variables) {
    const fields = SETTINGS.map((name) => `${name} = var.${name}`).join(', ');
    const { stdout, stderr } = await this.#run(['console', ...argumentsOf(variables)], {
      input: `jsonencode({${fields}})\n`,
    });
    // It tells of a wrong variable, and still ends with 0.
    if (/^Error: /m.test(stderr)) throw new CommandError('A variable is wrong', stderr);
    // A string of HCL that has JSON in it, after warnings.
    return JSON.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  }

  /**
   * @param {string} file takes the plan
   * @param {Variables} variables
   * @param {{destroy: boolean}} options
   * @returns {Promise<object>} https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
   */
  async plan(file, variables, { destroy }) {
    const what = destroy ? ['-destroy'] : [];
    await this.#run(['plan', '-input=false', ...what, `-out=${file}`, ...argumentsOf(variables)]);
    const { stdout } = await this.#run(['show', '-json', file]);
    return JSON.parse(stdout);
  }

  /** Does exactly what the plan says, and shows how it goes on; then the outputs. */
  async apply(file) {
    await this.#run(['apply', '-input=false', file], { isShown: true });
  }

  async showOutputs() {
    await this.#run(['output'], { isShown: true });
  }

  #run([command, ...rest], options) {
    // What is kept is read by programs, or shown later.
    const colours = options?.isShown && process.stdout.isTTY && !process.env.NO_COLOR;
    const flags = colours || command === 'show' ? [] : ['-no-color'];
    return run(['terraform', `-chdir=${this.#folder}`, command, ...flags, ...rest], {
      name: `terraform ${command}`,
      signal: this.#signal,
      stopBy: 'SIGINT',
      // Leaves out what to type next, which is this program's business.
      env: { TF_IN_AUTOMATION: '1' },
      ...options,
    });
  }
}

/** @param {Variables} variables */
const argumentsOf = ({ values, files }) => [
  ...Object.entries(values).map(([name, value]) => `-var=${name}=${value}`),
  ...files.map((file) => `-var-file=${file}`),
];
