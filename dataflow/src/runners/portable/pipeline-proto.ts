import { Environment, Pipeline as PipelineProto } from 'apache-beam/proto/beam_runner_api';
import { Reader } from 'protobufjs';
import * as beam from '../../sdk/beam';

const EXTERNAL = 'beam:env:external:v1';
const ANY_OF = 'beam:env:anyof:v1';

/** The steps of the pipeline in the form that every runner reads. */
export async function pipelineProto(
  expand: (root: beam.Root) => void | Promise<void>,
): Promise<PipelineProto> {
  const pipeline = new beam.Pipeline();
  await expand(new beam.Root(pipeline));
  return pipeline.getProto();
}

/**
 * The same pipeline, with its TypeScript steps in an environment of our choice. Steps of another SDK stay in the process
 * that expanded them where it offers itself, which an expansion service does with `--alsoStartLoopbackWorker`.
 */
export function inEnvironment(
  proto: PipelineProto,
  { urn, payload }: Pick<Environment, 'urn' | 'payload'>,
): PipelineProto {
  const placed = PipelineProto.clone(proto);
  const environments = placed.components?.environments ?? {};
  for (const [id, environment] of Object.entries(environments)) {
    if (environment.urn === beam.TYPESCRIPT_DEFAULT_ENVIRONMENT_URN) {
      environments[id] = { ...environment, urn, payload };
    } else {
      environments[id] = offeredProcess(environment) ?? environment;
    }
  }
  return placed;
}

/** The environment that is a process under way, of those among which the runner may choose; it needs no files. */
function offeredProcess(environment: Environment): Environment | undefined {
  if (environment.urn !== ANY_OF) return undefined;
  const offered = choices(environment.payload).find(({ urn }) => urn === EXTERNAL);
  return offered && { ...offered, dependencies: [] };
}

/** The message AnyOfEnvironmentPayload (beam_runner_api.proto), which the SDK does not have. */
function choices(payload: Uint8Array): Environment[] {
  const reader = Reader.create(payload);
  const environments: Environment[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) environments.push(Environment.fromBinary(reader.bytes()));
    else reader.skipType(tag & 7);
  }
  return environments;
}
