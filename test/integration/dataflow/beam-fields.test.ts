// First, because it patches the SDK that is imported next.
import 'iex-dataflow';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { MessageType } from '@protobuf-ts/runtime';
import * as fnApi from 'apache-beam/proto/beam_fn_api';
import { ParDoPayload } from 'apache-beam/proto/beam_runner_api';
import { Schema } from 'apache-beam/proto/schema';
import { expect } from 'chai';
import { expansionServiceJar, pythonWithBeam } from 'iex-dataflow/template';
import { missingTools } from 'iex-test/support/missing-tools';
import { skipTest } from 'iex-test/support/skip';

const pathOf = (file: string) =>
  fileURLToPath(new URL(`../../support/beam/${file}`, import.meta.url));

const FN_EXECUTION = 'org.apache.beam.model.fn_execution.v1';
const PIPELINE = 'org.apache.beam.model.pipeline.v1';

/** Why the worker may leave a field unread. */
const HINT = 'a hint for a faster way, which the worker need not take';
const SAMPLING = 'asks for samples of data, of workers alone that declare that they can';
const STATE = 'user state, which no step of the pipeline has';

/**
 * The fields that a newer Beam may send to a worker although the SDK does not know them. Look up
 * any other field in the protos of the newer version before you add it.
 */
const REVIEWED: Record<string, string> = {
  [`${FN_EXECUTION}.InstructionRequest 1007 sample_data`]: SAMPLING,
  [`${FN_EXECUTION}.SampleDataRequest 1 pcollection_ids`]: SAMPLING,
  [`${FN_EXECUTION}.ProcessBundleRequest 4 has_no_state`]: HINT,
  [`${FN_EXECUTION}.ProcessBundleRequest 5 only_bundle_for_keys`]: HINT,
  [`${FN_EXECUTION}.ProcessBundleRequest 6 data_stream_id`]:
    'which of several data connections a bundle uses; the worker opens one',
  [`${PIPELINE}.StateSpec 8 multimap_spec`]: STATE,
  [`${PIPELINE}.MultimapStateSpec 1 key_coder_id`]: STATE,
  [`${PIPELINE}.MultimapStateSpec 2 value_coder_id`]: STATE,
};

describe('the messages that a worker receives from a newer Beam', function () {
  // The first time, it builds the jar and installs Beam for Python.
  this.timeout(600_000);

  it("have only reviewed fields in Java's SDK", async function () {
    const missing = missingTools('java', 'mvn');
    if (missing) skipTest(this, missing);
    const args = ['-XX:TieredStopAtLevel=1', '-cp', await expansionServiceJar()];
    expectReviewed(execFileSync('java', [...args, pathOf('ListFields.java')]).toString());
  });

  it("have only reviewed fields in Python's SDK", async function () {
    const missing = missingTools('python3');
    if (missing) skipTest(this, missing);
    expectReviewed(execFileSync(await pythonWithBeam(), [pathOf('list_fields.py')]).toString());
  });
});

/** @param list lines with a message's full name, a field's number and its name */
function expectReviewed(list: string): void {
  const known = knownFields();
  const lines = list.trim().split('\n');
  const read = lines.filter((line) => known.has(line.split(' ', 2).join(' ')));
  expect(read, 'fields that both know').to.have.length.above(100);
  const unread = lines.filter((line) => !read.includes(line));
  expect(unread.filter((line) => !(line in REVIEWED))).to.deep.equal([]);
}

/** The fields that the TypeScript SDK knows: a message's full name, and a field's number. */
function knownFields(): Set<string> {
  const { InstructionRequest, ProcessBundleDescriptor, Elements } = fnApi;
  const { StateResponse, LogControl, RemoteGrpcPort } = fnApi;
  const queue: Pick<MessageType<object>, 'typeName' | 'fields'>[] = [
    ...[InstructionRequest, ProcessBundleDescriptor, Elements, StateResponse],
    ...[LogControl, RemoteGrpcPort, ParDoPayload, Schema],
  ];
  const known = new Set<string>();
  const seen = new Set<string>();
  for (const { typeName, fields } of queue) {
    if (seen.has(typeName)) continue;
    seen.add(typeName);
    for (const field of fields) {
      known.add(`${typeName} ${field.no}`);
      if (field.kind === 'message') queue.push(field.T());
      if (field.kind !== 'map') continue;
      // Its entries are messages on the wire.
      const entry = `${typeName}.${entryName(field.name)}`;
      known.add(`${entry} 1`).add(`${entry} 2`);
      if (field.V.kind === 'message') queue.push(field.V.T());
    }
  }
  return known;
}

/** The name of a map field's entries: `desired_splits` has a `DesiredSplitsEntry`. */
function entryName(field: string): string {
  return `${field.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())}Entry`;
}
