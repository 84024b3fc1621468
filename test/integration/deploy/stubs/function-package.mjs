import { run } from 'iex-cli';

/** The functions' zip is what the program `zip-functions` writes, a stand-in. */
export async function zipFunctions() {
  const { stdout } = await run('zip-functions', []);
  return Buffer.from(stdout);
}
