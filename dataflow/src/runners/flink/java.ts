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

/** Arguments of `java` for a Flink program, before the name of its class. */
export function flinkJavaArgs(classpath: string): string[] {
  return [
    '-Xmx1g',
    // Starts a second faster; rows do not pass through Java.
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    ...OPENED.map((part) => `--add-opens=${part}=ALL-UNNAMED`),
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-cp',
    classpath,
  ];
}
