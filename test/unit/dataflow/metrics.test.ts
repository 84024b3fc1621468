// First, because it patches what is imported next.
import 'iex-dataflow';
import 'iex-dataflow/src/sdk/patches/requests';
import type { InstructionResponse } from 'apache-beam/proto/beam_fn_api';
import {
  aggregateMetrics,
  MetricsContainer,
  MetricsShortIdCache,
} from 'apache-beam/worker/metrics';
import { Worker } from 'apache-beam/worker/worker';
import { expect } from 'chai';

const SUM = 'beam:metric:user:sum_int64:v1';
const DISTRIBUTION = 'beam:metric:user:distribution_int64:v1';

const varint = (n: number): number[] =>
  n < 128 ? [n] : [(n % 128) + 128, ...varint(Math.floor(n / 128))];

describe('the metrics that a worker reports', () => {
  const container = new MetricsContainer();
  const metric = (metricType: string) =>
    container.getMetric('step', undefined, { metricType, name: 'metric' });
  const payload = (metricType: string) => [...metric(metricType).value.payload()];

  beforeEach(() => container.reset());

  it('count the elements of the bundle, not of those before it', () => {
    for (const count of [3, 2]) {
      metric(SUM).update(count);
      expect(payload(SUM)).to.deep.equal([count]);
      container.reset();
    }
  });

  it('have 64 bits for a number', () => {
    metric(SUM).update(2 ** 40);
    expect(payload(SUM)).to.deep.equal(varint(2 ** 40));
  });

  it('have the four numbers of a distribution after each other', () => {
    for (const latency of [7, 5e10]) metric(DISTRIBUTION).update(latency);
    expect(payload(DISTRIBUTION)).to.deep.equal([2, 5e10 + 7, 7, 5e10].flatMap(varint));
  });

  it('have their step as the label that runners know', () => {
    metric(SUM).update(1);
    const ids = new MetricsShortIdCache();
    const infos = [...container.monitoringData(ids).keys()].map((id) => ids.asMonitoringInfo(id));
    expect(infos.map(({ labels }) => labels)).to.deep.include({
      PTRANSFORM: 'step',
      NAME: 'metric',
      NAMESPACE: '',
    });
  });

  it('are explained if they were reported by a short ID', async () => {
    metric(SUM).update(1);
    const metricsShortIdCache = new MetricsShortIdCache();
    const [id = ''] = container.monitoringData(metricsShortIdCache).keys();
    const monitoringInfos = { monitoringInfoId: [id, 'unknown'] };
    const request = {
      instructionId: '1',
      request: { oneofKind: 'monitoringInfos' as const, monitoringInfos },
    };
    const worker = { metricsShortIdCache, respond: async (answer: unknown) => answer };
    const answer: unknown = await Worker.prototype.handleRequest.call(worker as never, request);
    const { error, response } = answer as InstructionResponse;
    expect(error).to.equal('');
    const { monitoringInfo = {} } =
      response.oneofKind === 'monitoringInfos' ? response.monitoringInfos : {};
    expect(Object.keys(monitoringInfo)).to.deep.equal([id]);
    expect(monitoringInfo[id]?.labels).to.include({ PTRANSFORM: 'step', NAME: 'metric' });
  });

  it('are understood by the direct runner, which adds up bundles', () => {
    const infos = [3, 4].map((count) => {
      container.reset();
      metric(SUM).update(count);
      return {
        urn: SUM,
        type: '',
        labels: { NAME: 'metric', PTRANSFORM: 'step' },
        payload: metric(SUM).value.payload(),
      };
    });
    expect(aggregateMetrics(infos, SUM).get('metric')).to.equal(7);
  });
});
