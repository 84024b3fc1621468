import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from 'iex-cli';
import { sharedFolder } from '../shared-folder.js';
import { sdkNodeCommands } from './image.js';
import { fileOf, generatedLayouts } from './templates.js';

/**
 * A folder with the staged package of a template, installed as Beam's boot program does in the
 * SDK's image (https://github.com/apache/beam/blob/v2.49.0/sdks/typescript/container/boot.go), once
 * for all tests.
 */
export async function stagedWorker(): Promise<string> {
  const app = (folder: string) => join(folder, 'app');
  const shared = await sharedFolder('worker', async (folder) => {
    await mkdir(app(folder));
    const PATH = `${await sdkNodeCommands()}:/usr/bin:/bin`;
    const { perResolution } = await generatedLayouts();
    const [pool] = perResolution.templates[0]?.environment.workerPools ?? [];
    const { location = '' } = pool?.packages.find(({ name }) => name.endsWith('.tgz')) ?? {};
    const staged = join(folder, 'staged.tgz.tar');
    await copyFile(fileOf(location, perResolution.folder), staged);
    const env = { PATH, NODE_ENV: 'development' };
    await run('npm', ['install', staged], { cwd: app(folder), env });
  });
  return app(shared);
}

/** A worker's process, as the boot program starts it. */
export class WorkerProcess {
  readonly #process: ChildProcess;
  /** Resolves to how the process has ended: an exit code, or a signal's name. */
  readonly ended: Promise<number | string>;
  /** Its output. */
  printed = '';

  /**
   * @param node the program to run it with
   * @param app see {@link stagedWorker}
   * @param endpoint of the runner, HOST:PORT
   * @param options pipeline options, as the runner hands them over
   * @param nodeOptions of Node.js, such as `--max-old-space-size=64`
   */
  constructor(
    node: string,
    app: string,
    endpoint: string,
    options: object,
    nodeOptions: readonly string[] = [],
  ) {
    const args = [
      ...nodeOptions,
      'node_modules/.bin/apache-beam-worker',
      `--logging_endpoint=${endpoint}`,
      `--control_endpoint=${endpoint}`,
      `--semi_persist_dir=${app}`,
      `--options=${JSON.stringify(options)}`,
      '--id=sdk-0-0',
    ];
    const env = { PATH: '/usr/bin:/bin', NODE_ENV: 'development' };
    this.#process = spawn(node, args, { cwd: app, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        this.printed += text;
      });
    }
    this.ended = once(this.#process, 'close').then(([code, signal]) => code ?? signal);
  }

  /** Ends the process, if it has not ended; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.ended;
  }
}
