import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';

/** Where `terraform init` installs the provider, relative to the configuration. */
const INSTALLED = '.terraform/providers/registry.terraform.io/hashicorp/google';

/** Without the cookie, a provider only says that Terraform starts it. */
const HANDSHAKE = {
  TF_PLUGIN_MAGIC_COOKIE: 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2',
  PLUGIN_PROTOCOL_VERSIONS: '5',
};

/**
 * Lets programs in Go, such as Terraform and its provider, collect no garbage until they have a
 * GiB of it, for which they need a quarter less CPU time.
 */
export const FRUGAL_GO = { GOGC: 'off', GOMEMLIMIT: '1GiB' };

/**
 * Starts the provider, so that Terraform does not start it: it would do so twice for each plan,
 * which takes a third of a plan's CPU time. Until `stop` is called, the processes that this process
 * starts use it. See
 * https://developer.hashicorp.com/terraform/plugin/debugging#running-terraform-with-a-provider-in-debug-mode
 * and https://github.com/hashicorp/go-plugin/blob/main/docs/internals.md
 *
 * @param folder an initialized configuration; takes the provider's socket
 * @returns `stop`
 * @throws if the provider does not start
 */
export async function startProvider(folder: string): Promise<() => void> {
  const installed = join(folder, INSTALLED);
  const program = readdirSync(installed, { recursive: true, encoding: 'utf8' }).find((path) =>
    basename(path).startsWith('terraform-provider-google_v'),
  );
  const provider = spawn(join(installed, program!), {
    env: { ...process.env, ...FRUGAL_GO, ...HANDSHAKE, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const address = await addressOf(createInterface(provider.stdout));
  const reattach = { ...address, Pid: provider.pid, Test: true };
  process.env.TF_REATTACH_PROVIDERS = JSON.stringify({ 'hashicorp/google': reattach });
  return () => {
    delete process.env.TF_REATTACH_PROVIDERS;
    provider.kill();
  };
}

/** Reads the address from the first line that a provider prints. */
async function addressOf(lines: AsyncIterable<string>) {
  for await (const line of lines) {
    const [, version, network, address, protocol] = line.split('|');
    return {
      Protocol: protocol,
      ProtocolVersion: Number(version),
      Addr: { Network: network, String: address },
    };
  }
  throw new Error('the provider has ended');
}
