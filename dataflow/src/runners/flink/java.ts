import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from 'iex-cli';
import { flinkJars } from './classpath';

/**
 * The packages of Java 17 that Flink needs opened
 * (https://nightlies.apache.org/flink/flink-docs-release-1.19/docs/deployment/java_compatibility/).
 */
const OPENED = [
  'java.base/java.lang',
  'java.base/java.net',
  'java.base/java.io',
  'java.base/java.nio',
  'java.base/java.util',
  'java.base/java.util.concurrent',
  'java.base/java.util.concurrent.atomic',
  'java.base/java.util.concurrent.locks',
  'java.base/java.text',
  'java.base/java.time',
  'java.base/java.lang.reflect',
  'java.base/sun.nio.ch',
];

/**
 * Arguments of `java` for a Flink program, before the name of its class.
 *
 * @throws {OperationalError} if Java or Maven is missing, or Flink's jars cannot be fetched
 */
export async function flinkJavaArgs(): Promise<string[]> {
  const jars = await flinkJars();
  const archive = archiveIn(jars);
  return [
    '-Xmx1g',
    // Starts a second faster; rows do not pass through Java.
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    ...(existsSync(archive)
      ? [`-XX:SharedArchiveFile=${archive}`]
      : // For archiveClasses(). Java before version 17 does not know it.
        ['-XX:+IgnoreUnrecognizedVMOptions', '-XX:+RecordDynamicDumpInfo']),
    ...OPENED.map((part) => `--add-opens=${part}=ALL-UNNAMED`),
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-cp',
    join(jars, '*'),
  ];
}

/**
 * Saves the classes that a Flink program has loaded, unless it was done before: with them, the next
 * one needs half the CPU time to start (https://openjdk.org/jeps/350).
 *
 * @param pid of a program that was started with {@link flinkJavaArgs}
 */
export async function archiveClasses(pid: number | undefined): Promise<void> {
  const archive = archiveIn(await flinkJars());
  if (pid === undefined || existsSync(archive)) return;
  const scratch = `${archive}.${pid}`;
  try {
    await run('jcmd', [String(pid), 'VM.cds', 'dynamic_dump', scratch]);
    await rename(scratch, archive);
  } catch {
    // Flink starts without it, such as with Java before version 17.
  }
}

const archiveIn = (jars: string) => join(jars, 'classes.jsa');
