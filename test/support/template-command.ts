import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** `npm run template`, as built. */
export const COMMAND = fileURLToPath(new URL('../../deploy/dist/template.js', import.meta.url));

/** Runs it to its end. */
export async function template(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return await new Promise<{ code: number | string | null; stdout: string; stderr: string }>(
    (resolve) => {
      const options = { env: { ...process.env, ...env } };
      execFile(process.execPath, [COMMAND, ...args], options, (error, stdout, stderr) => {
        resolve({ code: error ? (error.code ?? null) : 0, stdout, stderr });
      });
    },
  );
}
