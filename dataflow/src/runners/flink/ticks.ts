import { BytesCoder } from 'apache-beam/coders/required_coders';
import {
  FunctionSpec,
  IsBounded_Enum as IsBounded,
  type PTransform,
} from 'apache-beam/proto/beam_runner_api';
import * as beam from '../../sdk/beam';

/**
 * An unbounded source of Beam's Flink runner itself, which needs neither Java's transforms nor
 * checkpoints: each task emits an element at an interval. A tick that is lost is replaced by the
 * next. Python has the same source as `FlinkStreamingImpulseSource`.
 *
 * @param intervalMs the time between two ticks of a task, in ms
 */
export function ticks(intervalMs: number): (root: beam.Root) => beam.PCollection<Uint8Array> {
  const expand = (_root: beam.Root, pipeline: beam.Pipeline, transform: PTransform) => {
    transform.spec = FunctionSpec.create({
      urn: 'flink:transform:streaming_impulse:v1',
      payload: Buffer.from(JSON.stringify({ interval_ms: intervalMs })),
    });
    // The runner emits the ticks, not a worker.
    transform.environmentId = '';
    return pipeline.createPCollectionInternal<Uint8Array>(
      new BytesCoder(),
      undefined,
      IsBounded.UNBOUNDED,
    );
  };
  return beam.withName('Ticks', expand) as never;
}
