import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Service, startService } from '../../tools/service';
import { flinkJavaArgs } from './java';

/** Runs Flink inside the job server's process. */
const IN_PROCESS = '[local]';

export interface FlinkJobOptions {
  /**
   * Absolute path of the folder that workers share with this process, see `part-files`; the job
   * server's log `flink.log`, configuration and scratch files are in it too. Its name is unique, and
   * the job's name.
   */
  folder: string;
  /** REST address of a Flink session cluster, HOST:PORT; without it, Flink runs on this machine. */
  master?: string | undefined;
}

interface JobServerOptions extends FlinkJobOptions {
  /**
   * Flink's settings
   * (https://nightlies.apache.org/flink/flink-docs-release-1.19/docs/deployment/config/).
   */
  settings?: Readonly<Record<string, string | number>>;
}

/**
 * Starts Beam's job server for Flink. It exits with this process.
 *
 * @throws {OperationalError} if Java or Maven is missing, or it does not start
 */
export async function startJobServer({
  folder,
  master = IN_PROCESS,
  settings = {},
}: JobServerOptions): Promise<Service> {
  const javaArgs = await flinkJavaArgs();
  const configuration = join(folder, 'flink-conf');
  await mkdir(configuration, { recursive: true });
  const lines = Object.entries(settings).map(([key, value]) => `${key}: ${value}\n`);
  await writeFile(join(configuration, 'flink-conf.yaml'), lines.join(''));
  return await startService({
    name: "Beam's job server for Flink",
    command: 'java',
    args: (port) => [
      ...javaArgs,
      // Exits when this process does, even if this one is killed.
      'JobServer',
      '--job-host=localhost',
      `--job-port=${port}`,
      '--artifact-port=0',
      '--expansion-port=-1',
      `--artifacts-dir=${join(folder, 'artifacts')}`,
      `--flink-conf-dir=${configuration}`,
      `--flink-master=${master}`,
    ],
    logFile: join(folder, 'flink.log'),
  });
}
