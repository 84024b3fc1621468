import { join } from 'node:path';
import type { Service } from 'iex-dataflow/src/tools/service';
import { expansionServiceJar, startExpansionService } from 'iex-dataflow/template';
import type { BigQueryStub } from './big-query-stub.js';

/**
 * Starts the service that has Java's transforms and also runs them, so that they reach a stub
 * instead of the cloud.
 *
 * @param folder receives its output
 * @param options more of Java's pipelines
 */
export async function startStubbedExpansionService(
  stub: BigQueryStub,
  project: string,
  folder: string,
  options: readonly string[] = [],
): Promise<Service> {
  const jar = await expansionServiceJar();
  const { JDK_JAVA_OPTIONS } = process.env;
  process.env.JDK_JAVA_OPTIONS = stub.javaOptions.join(' ');
  try {
    return await startExpansionService(jar, join(folder, 'expansion-service.log'), [
      '--alsoStartLoopbackWorker',
      `--project=${project}`,
      `--bigQueryEndpoint=${stub.url}`,
      '--credentialFactoryClass=org.apache.beam.sdk.extensions.gcp.auth.NoopCredentialFactory',
      ...options,
    ]);
  } finally {
    delete process.env.JDK_JAVA_OPTIONS;
    if (JDK_JAVA_OPTIONS !== undefined) process.env.JDK_JAVA_OPTIONS = JDK_JAVA_OPTIONS;
  }
}
