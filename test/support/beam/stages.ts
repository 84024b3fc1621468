// First, because it patches the SDK that is imported next.
import 'iex-dataflow';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type ProcessBundleDescriptor, RemoteGrpcPort } from 'apache-beam/proto/beam_fn_api';
import { type Coder, ExecutableStagePayload } from 'apache-beam/proto/beam_runner_api';
import { expansionServiceJar } from 'iex-dataflow/template';
import { sharedFolder } from '../shared-folder.js';
import { generatedLayouts } from './templates.js';

const FUSER = fileURLToPath(new URL('FusePipelines.java', import.meta.url));
const OUTPUT = 'stages.txt';
const OUTPUT_BYTES = 64 * 2 ** 20;

/** The steps of the step functions' source and sinks in a description of a stage. */
export const SOURCE = 'source';
const SINK = 'sink/';

/** The output of Beam's own validator and fuser for a pipeline. */
export interface FusedPipeline {
  /** The job's name. */
  job: string;
  stages: Stage[];
  /** URNs of the transforms that are left to the runner. */
  runnerTransforms: string[];
}

/** Steps that a worker runs as one. */
export interface Stage {
  job: string;
  payload: ExecutableStagePayload;
  /** Whether a TypeScript worker runs it. */
  isTypeScript: boolean;
  /** The names of its steps. */
  steps: string[];
}

/** The pipelines of the templates of both layouts, fused once for all tests. */
export async function fusedTemplates(): Promise<FusedPipeline[]> {
  const { perResolution, single } = await generatedLayouts();
  const templates = [...perResolution.templates, ...single.templates];
  const files = templates.map(({ pipelineFile }) => pipelineFile);
  const folder = await sharedFolder('stages', async (target) => {
    const jar = await expansionServiceJar();
    const args = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', jar, FUSER, ...files];
    const { stdout } = await promisify(execFile)('java', args, { maxBuffer: OUTPUT_BYTES });
    await writeFile(join(target, OUTPUT), stdout);
  });
  const pipelines: FusedPipeline[] = [];
  for (const line of (await readFile(join(folder, OUTPUT), 'utf8')).split('\n')) {
    const [kind, rest = ''] = line.split(' ');
    const pipeline = pipelines.at(-1);
    if (kind === 'pipeline') {
      const job = templates[pipelines.length]?.name ?? '';
      pipelines.push({ job, stages: [], runnerTransforms: [] });
    } else if (kind === 'stage') {
      pipeline?.stages.push(stageOf(pipeline.job, Buffer.from(rest, 'base64')));
    } else if (kind === 'runner') {
      pipeline?.runnerTransforms.push(rest);
    }
  }
  return pipelines;
}

function stageOf(job: string, bytes: Uint8Array): Stage {
  const payload = ExecutableStagePayload.fromBinary(bytes);
  const image = Buffer.from(payload.environment?.payload ?? []).toString();
  return {
    job,
    payload,
    // The two SDKs of the pipeline; ours may have any image.
    isTypeScript: !image.includes('beam_java'),
    steps: payload.transforms.map((id) => payload.components?.transforms[id]?.uniqueName ?? ''),
  };
}

/** How a runner may describe a stage. */
export interface DescriptionOptions {
  /** The ID of the description. */
  id: string;
  /** Where elements go, HOST:PORT. */
  dataEndpoint: string;
  /** Puts the length before each element, like a runner that does not know the coder. */
  lengthPrefixed?: boolean;
  /** Gives PCollections coders of windowed values, as Dataflow does. */
  windowedCollections?: boolean;
}

/**
 * A stage as a runner describes it to a worker: with a source before it, and a sink for each of its
 * outputs.
 */
export function describeStage(
  { payload }: Stage,
  { id, dataEndpoint, lengthPrefixed = false, windowedCollections = false }: DescriptionOptions,
): ProcessBundleDescriptor {
  const { components, input, outputs, transforms } = payload;
  if (!components) throw new Error('a stage without components');
  const coders: Record<string, Coder> = { ...components.coders };
  const addCoder = (coderId: string, urn: string, ...componentCoderIds: string[]) => {
    coders[coderId] ??= { spec: { urn, payload: new Uint8Array() }, componentCoderIds };
    return coderId;
  };
  const windowed = (coderId: string) => {
    const window = addCoder('window', 'beam:coder:global_window:v1');
    return addCoder(`windowed ${coderId}`, 'beam:coder:windowed_value:v1', coderId, window);
  };
  const port = (pcollection: string) => {
    const element = components.pcollections[pcollection]?.coderId ?? '';
    const coderId = windowed(
      lengthPrefixed
        ? addCoder(`prefixed ${element}`, 'beam:coder:length_prefix:v1', element)
        : element,
    );
    return RemoteGrpcPort.toBinary({ coderId, apiServiceDescriptor: { url: dataEndpoint } });
  };
  const step = (name: string, urn: string, pcollection: string, isSource: boolean) => ({
    uniqueName: name,
    spec: { urn, payload: port(pcollection) },
    subtransforms: [],
    inputs: isSource ? {} : { in: pcollection },
    outputs: isSource ? { out: pcollection } : {},
    displayData: [],
    environmentId: '',
    annotations: {},
  });
  const sinks = outputs.map((output) => [
    sinkOf(payload, output),
    step(sinkOf(payload, output), 'beam:runner:sink:v1', output, false),
  ]);
  return {
    id,
    transforms: {
      ...Object.fromEntries(transforms.map((each) => [each, components.transforms[each]])),
      [SOURCE]: step(SOURCE, 'beam:runner:source:v1', input, true),
      ...Object.fromEntries(sinks),
    },
    pcollections: Object.fromEntries(
      Object.entries(components.pcollections).map(([key, pcollection]) => {
        const { coderId } = pcollection;
        return [
          key,
          windowedCollections ? { ...pcollection, coderId: windowed(coderId) } : pcollection,
        ];
      }),
    ),
    windowingStrategies: components.windowingStrategies,
    coders,
    environments: components.environments,
  };
}

/** A sink's name has the table that the rows are for. */
function sinkOf({ components, transforms }: ExecutableStagePayload, output: string): string {
  const producer = transforms.find((id) =>
    Object.values(components?.transforms[id]?.outputs ?? {}).includes(output),
  );
  const name = components?.transforms[producer ?? '']?.uniqueName ?? '';
  return SINK + (/^Write to (\w+)\//.exec(name)?.[1] ?? name);
}

/** The table that rows of a sink are for. */
export const tableOf = (sink: string): string => sink.slice(SINK.length);

/** The sinks of a description. */
export const sinksOf = ({ transforms }: ProcessBundleDescriptor): string[] =>
  Object.keys(transforms).filter((id) => id.startsWith(SINK));
