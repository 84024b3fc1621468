import { run } from 'iex-cli';

/** The functions' zip is the output of the stand-in program `zip-functions`. */
export async function zipFunctions() {
  const { stdout } = await run('zip-functions', []);
  return Buffer.from(stdout);
}
