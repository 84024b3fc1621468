import { join } from 'node:path';
import { run } from 'iex-cli';
import { cachedFolder } from '../../tools/cache';
import { maven } from '../../tools/maven';

const SOURCES = join(__dirname, '../../../flink-job-server');
const POM = join(SOURCES, 'pom.xml');
const JOB_SERVER = join(SOURCES, 'JobServer.java');

/**
 * The folder with the jars of Flink, of Beam's Flink runner and of the job server. The first time,
 * Maven downloads the first two, which are 120 MB.
 *
 * @throws {OperationalError} if Java or Maven is missing, or the jars cannot be fetched
 */
export async function flinkJars(): Promise<string> {
  return await cachedFolder('flink-job-server', [POM, JOB_SERVER], async (target) => {
    await maven(POM, 'dependency:copy-dependencies', `-DoutputDirectory=${target}`);
    const classes = join(target, 'classes');
    await run('javac', ['-cp', join(target, '*'), '-d', classes, JOB_SERVER]);
    await run('jar', ['--create', '--file', join(target, 'job-server.jar'), '-C', classes, '.']);
  });
}
