/**
 * The Beam SDK with its patches. This package imports the SDK only from here, because its parts
 * fail to load unless the whole SDK was loaded before.
 */
import './patches';
import * as beam from 'apache-beam';

export * from 'apache-beam';
export { type Coder, globalRegistry, writeRawBytes } from 'apache-beam/coders/coders';
export {
  asDockerEnvironment,
  TYPESCRIPT_DEFAULT_ENVIRONMENT_URN,
} from 'apache-beam/internal/environments';
export { Pipeline } from 'apache-beam/internal/pipeline';
export {
  ArtifactFilePayload,
  type ArtifactInformation,
  ArtifactStagingToRolePayload,
  Pipeline as PipelineProto,
} from 'apache-beam/proto/beam_runner_api';
export { ExternalConfigurationPayload } from 'apache-beam/proto/external_transforms';
export { AtomicType, type FieldType, Schema } from 'apache-beam/proto/schema';
export type { PValue } from 'apache-beam/pvalue';
export { getRegisteredModules, requireForSerialization } from 'apache-beam/serialization';
export { rawExternalTransform } from 'apache-beam/transforms/external';
export { withCoderInternal } from 'apache-beam/transforms/internal';
export type { AsyncPTransform } from 'apache-beam/transforms/transform';

/** A step that maps each element, with the name that a runner's console shows. */
export function mapStep<In, Out, Context extends object>(
  name: string,
  map: (element: In, context: Context) => Out,
  context: Context,
): (input: beam.PCollection<In>) => beam.PCollection<Out> {
  return beam.withName(name, (input: beam.PCollection<In>) => input.map(map, context));
}
