import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { shortHash } from '../../tools/cache';
import { run } from '../../tools/run';
import { ToolError } from '../../tools/tool-error';
import { expansionServiceJar } from './expansion-service';
import { checkPython, pythonWithBeam } from './python';
import { packWorkerPackages, type WorkerPackage } from './worker-packages';

export const WRITER = join(__dirname, '../../../template-writer/write_template.py');

/** What templates are made of and with. */
export interface Parts {
  packages: WorkerPackage[];
  /** Java's transforms. */
  jar: string;
  /** A Python that has Beam. */
  python: string;
  /** Tells the parts' content, and this code's: 16 hexadecimal digits. */
  version: string;
}

/**
 * Builds or installs what is not there yet.
 *
 * @param scratch takes the packages
 * @param onProgress told of what is done
 * @throws {ToolError} if npm, Java, Maven or Python is missing, or fails
 */
export async function prepareParts(
  scratch: string,
  onProgress: (what: string) => void,
): Promise<Parts> {
  await checkTools();
  const told = async <T>(what: string, part: Promise<T>): Promise<T> => {
    const made = await part;
    onProgress(what);
    return made;
  };
  const [packages, jar, python] = await Promise.all([
    told('packages of the workers', packWorkerPackages(scratch)),
    told("Java's transforms", expansionServiceJar()),
    told('Python with Beam', pythonWithBeam()),
  ]);
  const code = (await readdir(__dirname)).filter((file) => file.endsWith('.js')).sort();
  const version = shortHash(
    ...packages.map(({ content }) => content),
    // Their folders' names tell what they were made from.
    basename(dirname(jar)),
    basename(dirname(dirname(python))),
    await readFile(WRITER),
    ...(await Promise.all(code.map((file) => readFile(join(__dirname, file))))),
  );
  return { packages, jar, python, version };
}

/** So that all that is missing is told at once, and before the minutes that the rest may take. */
async function checkTools(): Promise<void> {
  const checks = await Promise.allSettled([run('java', ['-version']), checkPython()]);
  const problems = checks.flatMap((check) =>
    check.status === 'rejected' ? [(check.reason as Error).message] : [],
  );
  if (problems.length > 0) throw new ToolError(problems.join('\n'));
}
