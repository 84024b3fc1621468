import { OperationalError } from 'iex-cli';

/**
 * The values that a deployment passes to Terraform itself, with the flag that sets each if there is
 * one.
 */
const OWN_VARIABLES: Readonly<Record<string, string | undefined>> = {
  project_id: '--project',
  region: '--region',
  code_bucket: '--code-bucket',
  function_object: undefined,
  dataflow_template_version: undefined,
};

/** Variables from which Terraform takes credentials, and Google's clients for Node.js do not. */
const TERRAFORM_ONLY = [
  'GOOGLE_CREDENTIALS',
  'GOOGLE_CLOUD_KEYFILE_JSON',
  'GCLOUD_KEYFILE_JSON',
  'GOOGLE_BACKEND_CREDENTIALS',
  'GOOGLE_BACKEND_IMPERSONATE_SERVICE_ACCOUNT',
];

/**
 * Refuses variables that make Terraform plan something other than the command line says, or act as
 * another user than the uploads do.
 *
 * @param values that a deployment passes to Terraform
 * @throws {OperationalError} names the variables, in one line
 */
export function checkEnvironment(
  environment: NodeJS.ProcessEnv,
  values: Readonly<Record<string, string>>,
): void {
  const set = Object.keys(environment)
    .filter((name) => environment[name])
    .sort();
  const changing = set.filter(
    (name) =>
      /^TF_CLI_ARGS(_|$)/.test(name) ||
      (name === 'TF_WORKSPACE' && environment[name] !== 'default'),
  );
  if (changing.length > 0) {
    throw new OperationalError(
      `${list(changing)} would change what Terraform plans: run unset ${changing.join(' ')}`,
    );
  }
  const credentials = set.filter((name) => TERRAFORM_ONLY.includes(name));
  if (credentials.length > 0) {
    throw new OperationalError(
      `${list(credentials)} would reach Terraform but not the uploads: use GOOGLE_APPLICATION_CREDENTIALS or GOOGLE_IMPERSONATE_SERVICE_ACCOUNT instead`,
    );
  }
  for (const name of Object.keys(OWN_VARIABLES)) {
    const variable = `TF_VAR_${name}`;
    checkAgreement(name, environment[variable] || undefined, values[name], variable);
  }
}

/**
 * Refuses a variable file that sets what a deployment passes itself to another value. The file
 * would win over the flag; the user must not be surprised by either.
 *
 * @param settings the values that Terraform uses
 * @param values that a deployment passes to Terraform
 * @param where the settings come from, for the message
 * @throws {OperationalError} for the first that differs
 */
export function checkSettings(
  settings: Readonly<Record<string, unknown>>,
  values: Readonly<Record<string, string>>,
  where = 'a variable file',
): void {
  for (const [name, value] of Object.entries(values)) {
    checkAgreement(name, settings[name], value, where);
  }
}

function checkAgreement(name: string, found: unknown, value: string | undefined, where: string) {
  if (found === undefined || found === value) return;
  const flag = OWN_VARIABLES[name];
  throw new OperationalError(
    flag
      ? `${name} is ${found} in ${where}, but ${flag} is ${value}: make them the same`
      : `${name} is set in ${where}, but only a deployment can know it: remove it`,
  );
}

const list = (names: readonly string[]) => names.join(' and ');
