import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MESSAGES = 1_000_000;
/** The most messages of a request. */
const BATCH = 1_000;

/**
 * Prints how long the emulator's command takes to start, and how much memory its process has when
 * it holds 1,000,000 messages of 200 bytes, once without and once with ordering keys.
 */
export async function benchPubSubEmulatorMemory(): Promise<void> {
  const data = Buffer.alloc(200, 'x').toString('base64');
  for (const isOrdered of [false, true]) {
    const command = fileURLToPath(import.meta.resolve('iex-pubsub-emulator/command'));
    const start = performance.now();
    const emulator = spawn(process.execPath, [command, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const host = await hostOf(emulator.stdout);
      console.log(`Pub/Sub emulator, started in ${Math.round(performance.now() - start)} ms`);
      const url = `http://${host}/v1/projects/bench`;
      await call('PUT', `${url}/topics/memory`, {});
      await call('PUT', `${url}/subscriptions/memory`, {
        topic: 'projects/bench/topics/memory',
        enableMessageOrdering: isOrdered,
      });
      for (let sent = 0; sent < MESSAGES; sent += BATCH) {
        const messages = Array.from({ length: BATCH }, (_, i) => ({
          data,
          ...(isOrdered && { orderingKey: `key-${i}` }),
        }));
        await call('POST', `${url}/topics/memory:publish`, { messages });
      }
      const kind = isOrdered ? `in ${BATCH} ordering keys` : 'without ordering keys';
      console.log(`  ${MESSAGES} messages ${kind}: ${memoryOf(emulator.pid)} MB`);
    } finally {
      emulator.kill();
      await once(emulator, 'exit');
    }
  }
}

async function hostOf(stdout: NodeJS.ReadableStream): Promise<string> {
  let output = '';
  for await (const chunk of stdout) {
    output += chunk;
    const [, host] = /PUBSUB_EMULATOR_HOST=(\S+)/.exec(output) ?? [];
    if (host) return host;
  }
  throw new Error(`The emulator did not start: ${output}`);
}

async function call(method: string, url: string, request: object): Promise<void> {
  const response = await fetch(url, { method, body: JSON.stringify(request) });
  if (!response.ok) throw new Error(`${method} ${url}: ${await response.text()}`);
  await response.arrayBuffer();
}

/** Resident memory of a process in MB. */
function memoryOf(pid: number | undefined): number {
  const kibibytes = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]));
  return Math.round((kibibytes * 1024) / 1e6);
}
