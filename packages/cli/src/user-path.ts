import { dirname, resolve } from 'node:path';

/**
 * Returns the absolute path of a file that the user named on the command line. npm runs scripts in
 * the folder of `package.json`, and puts the user's current folder into `INIT_CWD`.
 *
 * @param env of the process; `INIT_CWD` counts only if it comes from the `npm run` that started
 *   this command, and not from one further up, such as a shell that a script has opened
 */
export function userPath(
  path: string,
  env: NodeJS.ProcessEnv = process.env,
  workingFolder = process.cwd(),
): string {
  const { INIT_CWD, npm_package_json } = env;
  const isNpmScript = npm_package_json === undefined || dirname(npm_package_json) === workingFolder;
  return resolve(INIT_CWD && isNpmScript ? INIT_CWD : workingFolder, path);
}
