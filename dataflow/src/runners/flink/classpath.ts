import { join } from 'node:path';
import { cachedFolder } from '../../tools/cache';
import { maven } from '../../tools/maven';

const POM = join(__dirname, '../../../flink-job-server/pom.xml');

/**
 * The class path of Flink and of Beam's Flink runner. The first time, Maven downloads the jars,
 * which are 150 MB.
 *
 * @throws {OperationalError} if Java or Maven is missing, or the jars cannot be fetched
 */
export async function flinkClasspath(): Promise<string> {
  const folder = await cachedFolder('flink-job-server', POM, (target) =>
    maven(POM, 'dependency:copy-dependencies', `-DoutputDirectory=${target}`),
  );
  return join(folder, '*');
}
