// First, because it patches what is imported next.
import 'iex-dataflow';
import * as beam from 'apache-beam';
import { expect } from 'chai';
import { createPipeline } from 'iex-dataflow';
import { textBytes } from '../../../support/text-bytes.cjs';

const QUOTE = '{"symbol":"A","latest_price":1,"event_time":"2026-11-22T09:00:00Z"}';

/** Runs the pipeline over payloads on the direct runner, with sinks that keep nothing. */
function run(payloads: readonly string[], resolutions: readonly number[]) {
  return beam.createRunner({ runner: 'direct' }).run((root) => {
    createPipeline(root.apply(beam.create([...payloads])).map(textBytes), resolutions);
  });
}

describe('createPipeline', () => {
  it('counts messages, dead letters and the rows of each resolution', async () => {
    const result = await run([QUOTE, 'nonsense', QUOTE, '{}'], [1, 5]);
    expect(await result.counters()).to.deep.equal({
      messages_read: 4,
      messages_parsed: 2,
      dead_letters: 2,
      dead_letters_decode: 0,
      dead_letters_parse: 1,
      dead_letters_validate: 1,
      dead_letters_write: 0,
      rows_1_min: 12,
      rows_5_min: 60,
    });
  });

  it('measures how old quotes are when their rows are made', async () => {
    const observed = new Date(Date.now() - 5000).toISOString();
    const result = await run([QUOTE.replace('2026-11-22T09:00:00Z', observed)], [1]);
    // The SDK's type says that a distribution is a number.
    const distributions: Record<string, unknown> = await result.distributions();
    const latency = distributions.quote_latency_ms as { count: number; min: number };
    expect(latency.count).to.equal(1);
    expect(latency.min).to.be.within(5000, 15_000);
  });

  it('gives its steps readable names', async () => {
    const names: string[] = [];
    await beam.createRunner({ runner: 'direct' }).run((root) => {
      const source = root.apply(beam.create([QUOTE])).map(textBytes);
      createPipeline(source, [1, 15]);
      const { transforms } = root.pipeline.getProto().components ?? { transforms: {} };
      names.push(
        ...Object.values(transforms as Record<string, { uniqueName: string }>).map(
          ({ uniqueName }) => uniqueName,
        ),
      );
    });
    const steps = names.filter((name) => !name.includes('/')).join('\n');
    for (const step of ['Read messages', 'Split off dead letters', 'Take event times']) {
      expect(steps).to.include(step);
    }
    expect(steps)
      .to.match(/^1 min windows$/m)
      .and.match(/^15 min windows$/m);
  });
});
