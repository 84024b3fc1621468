// Before any part of the SDK is loaded.
import '../../sdk/beam';
// Registers the direct runner's operators.
import 'apache-beam/runners/direct_runner';
import type { Pipeline } from 'apache-beam/proto/beam_runner_api';
import { impulse } from 'apache-beam/transforms/internal';
import { BundleProcessor } from 'apache-beam/worker/worker';

const noConnection = () => {
  throw new Error('the direct runner has no connections');
};

/**
 * What Beam's direct runner runs a pipeline without side inputs with. The runner itself creates one
 * for each run, which takes longer than a small batch, and V8 then has to optimize the functions of
 * the steps anew. Like those of the SDK's worker, this one runs any number of times, one at a time.
 */
export function directProcessor({ components }: Pipeline): BundleProcessor {
  if (!components) throw new Error('the pipeline has no steps');
  return new BundleProcessor({ id: '', ...components }, noConnection, noConnection, [impulse.urn]);
}
