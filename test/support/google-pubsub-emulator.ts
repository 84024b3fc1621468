import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { freePort } from 'iex-cli/free-port';
import { isListening } from 'iex-cli/is-listening';
import { untilTrue } from './until.js';

/** A process that has to be stopped. */
export interface GooglePubSubEmulator {
  /** Address and port. */
  host: string;
  close(): Promise<void>;
}

/** The program of Google's Pub/Sub emulator in the Cloud SDK, if both it and Java are installed. */
export function googlePubSubEmulatorJar(): string | undefined {
  const gcloud = onPath('gcloud');
  if (!gcloud || !onPath('java')) return undefined;
  // `gcloud` is SDK/bin/gcloud, or a link to it.
  const folder = join(dirname(dirname(realpathSync(gcloud))), 'platform/pubsub-emulator/lib');
  const jar = existsSync(folder) && readdirSync(folder).find((name) => name.endsWith('-all.jar'));
  return jar ? join(folder, jar) : undefined;
}

/** @param jar the path that `googlePubSubEmulatorJar` found */
export async function startGooglePubSubEmulator(jar: string): Promise<GooglePubSubEmulator> {
  const port = await freePort();
  const program = spawn('java', [
    // The quickest start, for a few calls.
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-jar',
    jar,
    '--host=127.0.0.1',
    `--port=${port}`,
  ]);
  program.stdout.resume();
  program.stderr.resume();
  const closed = once(program, 'close');
  await untilTrue(async () => program.exitCode !== null || (await isListening(port)), 60_000);
  return {
    host: `127.0.0.1:${port}`,
    async close() {
      program.kill('SIGKILL');
      await closed;
    },
  };
}

function onPath(program: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => existsSync(file));
}
