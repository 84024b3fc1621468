import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder } from '../../tools/cache';
import { maven } from '../../tools/maven';
import { type Service, startService } from '../../tools/service';

const POM = join(__dirname, '../../../expansion-service/pom.xml');

/** The file name that `pom.xml` sets. */
const JAR = 'iex-expansion-service.jar';

/**
 * Builds the jar with Java's transforms if it does not exist yet, which takes a minute.
 *
 * @returns its path
 * @throws {OperationalError} if Java or Maven is missing, or the build fails
 */
export async function expansionServiceJar(): Promise<string> {
  const folder = await cachedFolder('expansion-service', POM, (target) =>
    maven(POM, `-Dtarget=${target}`, 'package'),
  );
  return join(folder, JAR);
}

/**
 * Starts the service that expands Java's transforms. The file that they stage is empty, because the
 * service hashes it for each of them, which takes seconds for the jar; see `setJar`.
 *
 * @param jar see {@link expansionServiceJar}
 * @param logFile receives its output; next to it is the empty file
 * @param options pipeline options of Java, such as `--pubsubRootUrl=URL`
 * @throws {OperationalError} if it does not start
 */
export async function startExpansionService(
  jar: string,
  logFile: string,
  options: readonly string[] = [],
): Promise<Service> {
  const staged = `${logFile}.staged`;
  await writeFile(staged, '');
  return await startService({
    name: 'the expansion service',
    command: 'java',
    args: (port) => [
      '-Xmx512m',
      // Starts faster, and needs less CPU time.
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-jar',
      jar,
      String(port),
      '--javaClassLookupAllowlistFile=*',
      `--filesToStage=${staged}`,
      ...options,
    ],
    logFile,
  });
}
