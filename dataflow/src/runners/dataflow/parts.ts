import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { OperationalError, run } from 'iex-cli';
import { shortHash } from '../../tools/cache';
import { expansionServiceJar } from './expansion-service';
import { filesLoadedBy, inRepository } from './loaded-files';
import { checkPython, pythonWithBeam } from './python';
import { packWorkerPackage, type WorkerPackage } from './worker-package';

export const WRITER = join(__dirname, '../../../template-writer/write_template.py');

/** The parts from which templates are made. */
export interface Parts {
  workerPackage: WorkerPackage;
  /** Path of the jar with Java's transforms. */
  jar: string;
  /** Path of a Python interpreter that has Beam. */
  python: string;
  /** Identifies the parts and the code that shapes templates: 16 hexadecimal digits. */
  version: string;
}

/**
 * Builds or installs the parts that do not exist yet.
 *
 * @param scratch receives the worker package
 * @param onReady called with the name of each part that is ready
 * @throws {OperationalError} if npm, Java, Maven or Python is missing or fails
 */
export async function prepareParts(
  scratch: string,
  onReady: (part: string) => void,
): Promise<Parts> {
  await checkTools();
  const reported = async <T>(name: string, part: Promise<T>): Promise<T> => {
    const made = await part;
    onReady(name);
    return made;
  };
  const [workerPackage, jar, python] = await Promise.all([
    reported('worker package', packWorkerPackage(scratch)),
    reported("Java's transforms", expansionServiceJar()),
    reported('Python with Beam', pythonWithBeam()),
  ]);
  const version = shortHash(
    workerPackage.content,
    // The names of these folders are hashes of what they were made from.
    basename(dirname(jar)),
    basename(dirname(dirname(python))),
    await readFile(WRITER),
    ...(await templateCode()),
  );
  return { workerPackage, jar, python, version };
}

/** The names and contents of all files that writing templates loads, also of dependencies. */
export async function templateCode(): Promise<(string | Buffer)[]> {
  const files = await filesLoadedBy([require.resolve('./write-templates')]);
  const contents = await Promise.all(files.map((file) => readFile(inRepository(file))));
  return files.flatMap((file, i) => [file, contents[i] as Buffer]);
}

/** Reports all missing tools at once, before the parts take minutes. */
async function checkTools(): Promise<void> {
  const checks = await Promise.allSettled([run('java', ['-version']), checkPython()]);
  const failures = checks.flatMap((check): unknown[] =>
    check.status === 'rejected' ? [check.reason] : [],
  );
  for (const failure of failures) if (!(failure instanceof OperationalError)) throw failure;
  const problems = failures as OperationalError[];
  if (problems.length === 0) return;
  throw new OperationalError(problems.map(({ message }) => message).join('\n'), {
    details: problems.map(({ details }) => details).join('\n'),
  });
}
