import { join } from 'node:path';
import { OperationalError, run } from 'iex-cli';
import { cachedFolder } from '../../tools/cache';

const REQUIREMENTS = join(__dirname, '../../../template-writer/requirements.txt');

/** The minor versions of Python 3 that apache-beam 2.77 has packages for. */
const OLDEST = 10;
const NEWEST = 14;

/**
 * Creates a virtual environment with Beam for Python if it does not exist yet.
 *
 * @returns path of its interpreter
 * @throws {OperationalError} if Python is missing, or the installation fails
 */
export async function pythonWithBeam(): Promise<string> {
  const folder = await cachedFolder('python', REQUIREMENTS, async (scratch) => {
    await run('python3', ['-m', 'venv', scratch], {
      name: "python3 -m venv (Debian's package python3-venv has it)",
    });
    const python = interpreter(scratch);
    const install = ['install', '--quiet', '--disable-pip-version-check', '--no-compile'];
    await run(python, ['-m', 'pip', ...install, '--requirement', REQUIREMENTS], { name: 'pip' });
    // Compiles what is needed, a fifth of what is installed.
    await run(python, ['-c', 'import apache_beam.runners.dataflow.dataflow_runner'], {
      env: { PYTHONDONTWRITEBYTECODE: '' },
    });
  });
  return interpreter(folder);
}

/** Started by this path, Python finds its packages even if the environment was moved. */
const interpreter = (folder: string) => join(folder, 'bin/python');

/** @throws {OperationalError} if Python is missing, or too old or too new for Beam */
export async function checkPython(): Promise<void> {
  const version = (await run('python3', ['--version'])).stdout.trim();
  const minor = Number(/^Python 3\.(\d+)/.exec(version)?.[1]);
  if (minor >= OLDEST && minor <= NEWEST) return;
  const wanted = `3.${OLDEST} to 3.${NEWEST}`;
  throw new OperationalError(
    `the python3 on the PATH is ${version}, but Beam needs ${wanted}: put such a version first on the PATH`,
  );
}
