import { run } from 'iex-cli';

/**
 * Runs Maven on a POM.
 *
 * @param goals Maven's goals, such as `package`, and its options
 * @throws {OperationalError} if Java or Maven is missing, or Maven fails
 */
export async function maven(pom: string, ...goals: readonly string[]): Promise<void> {
  // Maven's message about a missing JDK does not say what to do.
  await run('java', ['-version']);
  await run('mvn', ['--batch-mode', '--quiet', '--file', pom, ...goals], {
    name: `Maven (${pom})`,
  });
}
