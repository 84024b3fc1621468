import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { parse } from 'node:path';
import { pipeline as pipe } from 'node:stream/promises';
import * as beam from '../../sdk/beam';
import type { WorkerPackage } from './worker-package';

/** The SDK's own image, of the SDK's version: Node.js 16 and Beam's boot program. */
const SDK_IMAGE = 'docker.io/apache/beam_typescript_sdk:2.49.0';

/**
 * URNs of a staged file, as the boot program reads them
 * (https://github.com/apache/beam/blob/v2.49.0/sdks/typescript/container/boot.go).
 */
const INSTALLED_PACKAGE = 'beam:artifact:type:npm:v1';
const FILE = 'beam:artifact:type:file:v1';

/** URN of a staged file that a worker of Java's SDK has on its class path. */
const STAGED_AS = 'beam:artifact:role:staging_to:v1';

/**
 * The environment of a worker: an image that contains the worker package, or the SDK's, which
 * installs it.
 */
export type Worker = { image: string } | { package: WorkerPackage };

/** Sets the environment of the TypeScript steps of a pipeline. */
export async function setWorkerEnvironment(
  pipeline: beam.PipelineProto,
  worker: Worker,
): Promise<void> {
  const environments = pipeline.components?.environments ?? {};
  const image = 'image' in worker ? worker.image : SDK_IMAGE;
  const dependencies = 'package' in worker ? [await stagedPackage(worker.package)] : [];
  for (const [id, environment] of Object.entries(environments)) {
    if (environment.urn !== beam.TYPESCRIPT_DEFAULT_ENVIRONMENT_URN) continue;
    environments[id] = {
      ...environment,
      ...beam.asDockerEnvironment(environment, image),
      dependencies,
    };
  }
}

/** The jar of Java's transforms, by its path, as a file that workers need. */
export async function stagedJar(path: string): Promise<beam.ArtifactInformation> {
  const digest = await sha256Of(path);
  const { name, ext } = parse(path);
  // The name that Java's SDK gives it: no two contents share a name.
  const stagedName = `${name}-${digest.toString('base64url')}${ext}`;
  const rolePayload = beam.ArtifactStagingToRolePayload.toBinary({ stagedName });
  return { ...staged(path, digest), roleUrn: STAGED_AS, rolePayload };
}

/** Sets the file that workers of Java's transforms need, instead of the service's. */
export function setJar(pipeline: beam.PipelineProto, jar: beam.ArtifactInformation): void {
  for (const environment of Object.values(pipeline.components?.environments ?? {})) {
    if (environment.urn === beam.TYPESCRIPT_DEFAULT_ENVIRONMENT_URN) continue;
    environment.dependencies = [jar];
  }
}

async function stagedPackage({ name, file }: WorkerPackage): Promise<beam.ArtifactInformation> {
  const digest = await sha256Of(file);
  return {
    ...staged(file, digest),
    roleUrn: INSTALLED_PACKAGE,
    rolePayload: Buffer.from(name),
  };
}

const staged = (path: string, sha256: Buffer) => ({
  typeUrn: FILE,
  typePayload: beam.ArtifactFilePayload.toBinary({ path, sha256: sha256.toString('hex') }),
});

async function sha256Of(path: string): Promise<Buffer> {
  const hash = createHash('sha256');
  await pipe(createReadStream(path), hash);
  return hash.digest();
}
