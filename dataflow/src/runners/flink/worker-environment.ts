import '../../sdk/beam';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProcessPayload } from 'apache-beam/proto/beam_runner_api';

/** The built file, which Node.js runs as it is. */
const BOOT = join(__dirname, '../../../dist/runners/flink/worker-boot.js');

/**
 * The environment of workers that are local processes, each started by the Flink process that uses
 * it. The runner starts a single executable with its own arguments, so this writes a shell script
 * that starts Node.js with the program.
 *
 * @param folder receives the script and the workers' log; Flink's machines must have it, and this
 *   project, at the same path
 */
export async function processEnvironment(folder: string): Promise<{
  urn: string;
  payload: Uint8Array;
}> {
  const command = join(folder, 'worker');
  const log = join(folder, 'worker.log');
  await writeFile(
    command,
    `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(BOOT)} "$@" >>${quoted(log)} 2>&1\n`,
  );
  await chmod(command, 0o755);
  return {
    urn: 'beam:env:process:v1',
    payload: ProcessPayload.toBinary({ os: '', arch: '', command, env: {} }),
  };
}

/** Quotes a word for a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
