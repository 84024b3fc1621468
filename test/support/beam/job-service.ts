import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Service, startService } from 'iex-dataflow/src/tools/service';
import { pythonWithBeam } from 'iex-dataflow/template';
import type { Image } from './image.js';

/** The folder of the command `docker` that replaces Docker's. */
const COMMANDS = fileURLToPath(new URL('.', import.meta.url));

/** The state of a container. */
export interface Container {
  /** The ID of its first process, which is that of its process group. */
  pid: number;
  /** The name of its image. */
  image: string;
  /** `exited`: by itself; `killed`: by the runner, which does not need it any more. */
  state: 'running' | 'exited' | 'killed';
  /** What it has printed. */
  log: string;
  /** Its working folder, if the image has none. */
  app: string;
}

/**
 * Beam's runner for one machine, Python's, behind its job service. It starts workers as containers,
 * with or without Docker.
 */
export class JobService {
  readonly #service: Service;
  readonly #logFile: string;
  readonly #containers: string;

  private constructor(service: Service, logFile: string, containers: string) {
    this.#service = service;
    this.#logFile = logFile;
    this.#containers = containers;
  }

  /**
   * @param image what every container is started from, whatever its image's name; undefined to let
   *   Docker start the image of that name
   * @param folder takes logs and containers
   */
  static async start(image: Image | undefined, folder: string): Promise<JobService> {
    const containers = join(folder, 'containers');
    await mkdir(containers);
    const logFile = join(folder, 'job-service.log');
    const service = await startService({
      name: "Beam's job service",
      command: await pythonWithBeam(),
      args: (port) => [
        '-m',
        'apache_beam.runners.portability.local_job_service_main',
        `--port=${port}`,
        `--staging_dir=${join(folder, 'staged')}`,
      ],
      env: {
        // Settings of the tests' Node.js must not reach the worker.
        NODE_OPTIONS: '',
        NODE_PATH: '',
        ...(image && {
          ...image.env,
          PATH: `${COMMANDS}:${process.env.PATH}`,
          CONTAINERS: containers,
          IMAGE_BOOT: image.boot,
          IMAGE_PATH: image.path.join(':'),
          IMAGE_FOLDER: image.folder ?? '',
        }),
      },
      logFile,
    });
    return new JobService(service, logFile, containers);
  }

  /** HOST:PORT */
  get address(): string {
    return this.#service.address;
  }

  /** What workers have sent to the runner's log, in protobuf's text format. */
  get workerMessages(): string[] {
    const log = readFileSync(this.#logFile, 'utf8');
    return [...log.matchAll(/^message: "(.*)"$/gm)].map(([, message = '']) => message);
  }

  /** All containers that there were without Docker. */
  get containers(): Container[] {
    const folders = readdirSync(this.#containers).map((name) => join(this.#containers, name));
    // The process id is written last.
    const started = folders.filter((folder) => existsSync(join(folder, 'pid')));
    return started.map((folder) => {
      const read = (name: string) => readFileSync(join(folder, name), 'utf8');
      return {
        pid: Number(read('pid')),
        image: read('image').trim(),
        state: read('state').trim() as Container['state'],
        log: read('log'),
        app: join(folder, 'app'),
      };
    });
  }

  /** Ends the service, and the containers that are still running. */
  async stop(): Promise<void> {
    await this.#service.stop();
    for (const { pid, state } of this.containers) {
      if (state === 'running') process.kill(-pid, 'SIGKILL');
    }
  }
}
