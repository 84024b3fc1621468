/** Storing the quote API's token, which is in no file and not in Terraform's state. */
import { text } from 'node:stream/consumers';
import { OperationalError } from 'iex-cli';
import { chalk, echo } from 'zx';
import { init, ownValues } from './deployment.js';
import { whileEnabling } from './enabling.js';
import { openService } from './google.js';
import { ask } from './question.js';
import type { Session } from './session.js';
import { withSteps } from './steps.js';

/** As in infrastructure/secret.tf. */
const SECRET = 'iex-quote-api-token';

const RESOURCES = {
  apis: 'google_project_service.service',
  secret: 'google_secret_manager_secret.quote_api_token',
};

/** Printable ASCII, because it is sent in HTTP headers. */
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * Asks for the token, enables the project's APIs, creates the secret if it is not there, and adds
 * the token to it as a new version.
 *
 * @throws {OperationalError}
 */
export async function storeToken(session: Session): Promise<void> {
  const { options, terraform, signal, progress } = session;
  const settings = await withSteps(['Terraform'], signal, (steps) =>
    init(session, steps.Terraform),
  );
  const token = await readToken(settings.quote_source, signal);
  const variables = { values: ownValues(options), files: options.varFiles };
  const version = await withSteps(['APIs', 'Secret', 'Token'], signal, async (steps) => {
    progress.apply = 'begun';
    for (const [step, resource, what] of [
      [steps.APIs, RESOURCES.apis, 'enabled'],
      [steps.Secret, RESOURCES.secret, SECRET],
    ] as const) {
      step.say('applying');
      await whileEnabling(step, signal, () => terraform.create([resource], variables));
      step.done(what);
    }
    steps.Token.say('adding a version');
    const service = await openService('secretManager');
    const path = `projects/${options.project}/secrets/${SECRET}:addVersion`;
    const payload = { data: Buffer.from(token).toString('base64') };
    const { name } = await whileEnabling(steps.Token, signal, () =>
      service.request<{ name: string }>(path, { payload }),
    );
    const added = name.split('/').at(-1) ?? '';
    steps.Token.done(`version ${added}`);
    return added;
  });
  echo(chalk.green(`Stored. Add this to a --var-file: quote_api_token_version = "${version}"`));
}

async function readToken(source: string, signal: AbortSignal): Promise<string> {
  const format = source === 'alpaca' ? ' as KEY:SECRET' : '';
  const token = process.stdin.isTTY
    ? await ask(`Token of ${source}${format} (not shown): `, signal, true)
    : (await text(process.stdin)).trim();
  return checkToken(source, token);
}

/**
 * Checks the form of a token.
 *
 * @param source the quote API
 * @returns the same token
 * @throws {OperationalError}
 */
export function checkToken(source: string, token: string): string {
  if (!TOKEN.test(token))
    throw new OperationalError('The token must be one word of printable ASCII');
  if (source === 'alpaca' && !/^[^:]+:[^:]+$/.test(token)) {
    throw new OperationalError("Alpaca's token must have the form KEY:SECRET");
  }
  return token;
}
