import '../../sdk/beam';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProcessPayload } from 'apache-beam/proto/beam_runner_api';

/** As built: Node.js runs it by itself. */
const BOOT = join(__dirname, '../../../dist/runners/flink/worker-boot.js');

/**
 * The environment of workers that are processes of the machine, each started by the Flink process that it works for. The
 * runner starts one file and gives it arguments of its own, so that one is written that knows Node.js and the program.
 *
 * @param folder takes that file and the workers' log; Flink's machines must have it, and this project, at the same path
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

/** A word for a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
