import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from 'iex-cli';
import { flinkJavaArgs } from 'iex-dataflow/flink';
import { untilTrue } from './until.js';

/**
 * A Flink session cluster of one JobManager and one TaskManager with two slots, each in a separate
 * process.
 */
export class FlinkCluster {
  /** REST address, HOST:PORT. */
  readonly address: string;
  taskManager: ChildProcess;
  readonly #jobManager: ChildProcess;
  readonly #startTaskManager: () => ChildProcess;

  private constructor(
    port: number,
    jobManager: ChildProcess,
    startTaskManager: () => ChildProcess,
  ) {
    this.address = `localhost:${port}`;
    this.#jobManager = jobManager;
    this.#startTaskManager = startTaskManager;
    this.taskManager = startTaskManager();
  }

  /**
   * @param folder takes its configuration, logs and scratch files
   * @param more further settings
   */
  static async start(
    folder: string,
    more: Readonly<Record<string, string | number>> = {},
  ): Promise<FlinkCluster> {
    const [rest, rpc] = [await freePort(), await freePort()];
    mkdirSync(join(folder, 'tmp'), { recursive: true });
    const settings = {
      'rest.address': 'localhost',
      'rest.port': rest,
      'jobmanager.rpc.address': 'localhost',
      'jobmanager.rpc.port': rpc,
      'taskmanager.host': 'localhost',
      'taskmanager.numberOfTaskSlots': 2,
      'io.tmp.dirs': join(folder, 'tmp'),
      // The scripts that start a TaskManager would otherwise compute these.
      'taskmanager.cpu.cores': 2,
      'taskmanager.memory.framework.heap.size': '128m',
      'taskmanager.memory.framework.off-heap.size': '128m',
      'taskmanager.memory.task.heap.size': '256m',
      'taskmanager.memory.task.off-heap.size': 0,
      'taskmanager.memory.managed.size': '64m',
      'taskmanager.memory.network.min': '64m',
      'taskmanager.memory.network.max': '64m',
      'taskmanager.memory.jvm-metaspace.size': '256m',
      'taskmanager.memory.jvm-overhead.min': '192m',
      'taskmanager.memory.jvm-overhead.max': '192m',
      ...more,
    };
    const lines = Object.entries(settings).map(([key, value]) => `${key}: ${value}\n`);
    writeFileSync(join(folder, 'flink-conf.yaml'), lines.join(''));
    const javaArgs = await flinkJavaArgs();
    const start = (main: string) => {
      const log = openSync(join(folder, 'log'), 'a');
      const args = [...javaArgs, main, '--configDir', folder];
      return spawn('java', args, { stdio: ['ignore', log, log] });
    };
    const cluster = new FlinkCluster(
      rest,
      start('org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint'),
      () => start('org.apache.flink.runtime.taskexecutor.TaskManagerRunner'),
    );
    await untilTrue(async () => (await cluster.get('overview'))?.['slots-available'] === 2, 60_000);
    return cluster;
  }

  /** A response of the REST API; undefined if there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: Flink responds with any JSON
  async get(path: string): Promise<any> {
    const response = await fetch(`http://${this.address}/${path}`).catch(() => undefined);
    return response?.ok ? await response.json() : undefined;
  }

  /** Kills the TaskManager and starts another. */
  async replaceTaskManager(): Promise<void> {
    this.taskManager.kill('SIGKILL');
    await once(this.taskManager, 'exit');
    this.taskManager = this.#startTaskManager();
  }

  async stop(): Promise<void> {
    for (const process of [this.taskManager, this.#jobManager]) {
      if (process.exitCode !== null || process.signalCode !== null) continue;
      process.kill('SIGKILL');
      await once(process, 'exit');
    }
  }
}
