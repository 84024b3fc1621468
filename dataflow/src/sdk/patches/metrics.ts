import 'apache-beam';
import { MetricsContainer, MetricsShortIdCache } from 'apache-beam/worker/metrics';
import { ParamProviderImpl } from 'apache-beam/worker/pardo_context';
import { Reader, Writer } from 'protobufjs';

const COUNTER = 'beam:metric:user:sum_int64:v1';
const DISTRIBUTION = 'beam:metric:user:distribution_int64:v1';

/**
 * A worker reports what each bundle counted, and the runner adds it up. The SDK's counters continue
 * from the last bundle instead.
 */
MetricsContainer.prototype.reset = function () {
  for (const cell of this.metrics.values()) {
    cell.reset();
    cell.value.reset();
  }
};

/**
 * The SDK reports a counter only after its first increment. An alert on the change of a counter
 * needs a value before that, so that every bundle reports all counters of its steps. Distributions
 * have no zero: an empty one would become the minimum.
 */
const { augmentContext } = ParamProviderImpl.prototype;
ParamProviderImpl.prototype.augmentContext = function (context: unknown) {
  for (const param of Object.values(context ?? {})) {
    if (param?.parDoParamName === 'metric' && param.metricType === COUNTER) this.update(param, 0);
  }
  return augmentContext.call(this, context);
};

/** The metrics of the steps' contexts, by their parameters. */
const cells = new WeakMap<ParamProviderImpl, Map<object, { update(value: unknown): void }>>();

/** The SDK finds a metric by a text that it assembles for each update. */
ParamProviderImpl.prototype.update = function (param, value) {
  const known = cells.get(this) ?? new Map();
  cells.set(this, known);
  let cell = known.get(param);
  if (!cell) {
    const { transformId, metricsContainer } = this as unknown as {
      transformId: string;
      metricsContainer: MetricsContainer;
    };
    cell = metricsContainer.getMetric(transformId, undefined, param);
    known.set(param, cell);
  }
  cell.update(value);
};

/**
 * The SDK labels a metric's step as `TRANSFORM`, which no runner knows; Java's runners drop such
 * metrics.
 */
const { asMonitoringInfo } = MetricsShortIdCache.prototype;
MetricsShortIdCache.prototype.asMonitoringInfo = function (id, payload) {
  const info = asMonitoringInfo.call(this, id, payload);
  const { TRANSFORM, ...labels } = info?.labels ?? {};
  return TRANSFORM === undefined ? info : { ...info, labels: { ...labels, PTRANSFORM: TRANSFORM } };
};

/**
 * The SDK encodes 32 bits of a counter, and the length of a list before the numbers of a
 * distribution. Beam requires 64 bits for each number, and four numbers for a distribution
 * (https://github.com/apache/beam/blob/v2.49.0/model/pipeline/src/main/proto/org/apache/beam/model/pipeline/v1/metrics.proto).
 *
 * @param fields properties of the SDK's object, in the order in which they are encoded
 */
function patchEncoding(metricType: string, fields: readonly string[]): void {
  const { value } = new MetricsContainer().getMetric('', undefined, { metricType, name: '' });
  Object.assign(Object.getPrototypeOf(value), {
    payload(this: Record<string, number>): Uint8Array {
      const writer = new Writer();
      for (const field of fields) writer.int64(this[field] as number);
      return writer.finish();
    },
    loadFromPayload(this: Record<string, number>, payload: Uint8Array): void {
      const reader = new Reader(payload);
      for (const field of fields) this[field] = Number(reader.int64());
    },
  });
}
patchEncoding(COUNTER, ['value']);
patchEncoding(DISTRIBUTION, ['count', 'sum', 'min', 'max']);
