import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as beam from '../../sdk/beam';
import type { WorkerPackage } from './worker-packages';

/** The SDK's own image, of the version that it is: Node.js 16 and Beam's boot program. */
const SDK_IMAGE = 'docker.io/apache/beam_typescript_sdk:2.49.0';

/** Roles of a staged file, as the boot program knows them (https://github.com/apache/beam/blob/v2.49.0/sdks/typescript/container/boot.go). */
const INSTALLED_PACKAGE = 'beam:artifact:type:npm:v1';
const FILE = 'beam:artifact:type:file:v1';

/**
 * Tells the pipeline where its TypeScript steps run: in the SDK's image, which installs the packages as it starts, or in
 * an image of one's own, which has them (`dataflow/Dockerfile`).
 */
export async function setWorkerEnvironment(
  pipeline: beam.PipelineProto,
  packages: readonly WorkerPackage[],
  workerImage: string | undefined,
): Promise<void> {
  const environments = pipeline.components?.environments ?? {};
  const dependencies = workerImage ? [] : await Promise.all(packages.map(stagedPackage));
  for (const [id, environment] of Object.entries(environments)) {
    if (environment.urn !== beam.TYPESCRIPT_DEFAULT_ENVIRONMENT_URN) continue;
    environments[id] = {
      ...environment,
      ...beam.asDockerEnvironment(environment, workerImage ?? SDK_IMAGE),
      dependencies,
    };
  }
}

async function stagedPackage({ name, file }: WorkerPackage) {
  const sha256 = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  return {
    typeUrn: FILE,
    typePayload: beam.ArtifactFilePayload.toBinary({ path: file, sha256 }),
    roleUrn: INSTALLED_PACKAGE,
    rolePayload: Buffer.from(name),
  };
}
