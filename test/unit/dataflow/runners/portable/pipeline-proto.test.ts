// First, because it patches what is imported next.
import 'iex-dataflow';
import * as beam from 'apache-beam';
import { Environment, Pipeline as PipelineProto } from 'apache-beam/proto/beam_runner_api';
import { expect } from 'chai';
import { inEnvironment, pipelineProto } from 'iex-dataflow/src/runners/portable/pipeline-proto';

const WANTED = { urn: 'beam:env:process:v1', payload: Uint8Array.of(1, 2, 3) };

/** A field of a message in the wire format: its number, of a length below 128. */
const field = (number: number, bytes: Uint8Array) => [(number << 3) | 2, bytes.length, ...bytes];

const environment = (urn: string) =>
  Environment.create({
    urn,
    dependencies: [
      { typeUrn: '', typePayload: new Uint8Array(), roleUrn: '', rolePayload: new Uint8Array() },
    ],
  });

describe('a pipeline for a job service', () => {
  it('runs its steps in the given environment', async () => {
    const proto = await pipelineProto((root) => {
      root.apply(beam.impulse()).map(beam.withName('Step', (x: Uint8Array) => x.length));
    });
    const before = PipelineProto.toBinary(proto);
    const { environments, transforms } = inEnvironment(proto, WANTED).components ?? {};
    const step = Object.values(transforms ?? {}).find(({ uniqueName }) => /Step/.test(uniqueName));
    expect(environments?.[step?.environmentId ?? '']).to.deep.include(WANTED);
    expect(PipelineProto.toBinary(proto), 'left as it was').to.deep.equal(before);
  });

  it('chooses, for steps of other SDKs, the environment of a running process', () => {
    const external = environment('beam:env:external:v1');
    const anyOf = {
      ...environment('beam:env:anyof:v1'),
      payload: Uint8Array.from([
        ...field(1, Environment.toBinary(environment('beam:env:docker:v1'))),
        ...field(7, Uint8Array.of(1)),
        ...field(1, Environment.toBinary(external)),
      ]),
    };
    const proto = PipelineProto.create({ components: { environments: { java: anyOf } } });
    const { environments } = inEnvironment(proto, WANTED).components ?? {};
    expect(environments?.java).to.deep.equal({ ...external, dependencies: [] });
  });

  it('does not change other environments', () => {
    const docker = environment('beam:env:docker:v1');
    const anyOf = {
      ...environment('beam:env:anyof:v1'),
      payload: Uint8Array.from(field(1, Environment.toBinary(docker))),
    };
    const proto = PipelineProto.create({ components: { environments: { docker, anyOf } } });
    expect(inEnvironment(proto, WANTED).components?.environments).to.deep.equal({ docker, anyOf });
  });
});
