import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { shortHash } from '../tools/cache';
import { expansionServiceJar } from './expansion-service';
import { pythonWithBeam } from './python';
import { packWorkerPackages, type WorkerPackage } from './worker-packages';

export const WRITER = join(__dirname, '../../template-writer/write_template.py');

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
    // Of each its file's or folder's name tells what it was made from.
    ...packages.map(({ file }) => basename(file)),
    basename(dirname(jar)),
    basename(dirname(dirname(python))),
    await readFile(WRITER),
    ...(await Promise.all(code.map((file) => readFile(join(__dirname, file))))),
  );
  return { packages, jar, python, version };
}
