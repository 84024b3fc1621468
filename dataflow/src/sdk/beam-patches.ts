/**
 * What of the Beam SDK must be mended, each with its reason. It requires rather than imports, because the first mend
 * comes before the SDK is loaded and the others after it.
 */
import util from 'node:util';

// serialize-closures, on which the SDK stands, calls it as it is loaded; Node.js 23 took it away, and 22 warns of it.
Object.assign(util, {
  isPrimitive: (value: unknown) =>
    value === null || (typeof value !== 'object' && typeof value !== 'function'),
});

require('apache-beam');

// The SDK fetches each file that Java's transforms want from the expansion service, and renames small ones before they
// are written. The service runs on this machine: its files stay where they are.
const artifacts = require('apache-beam/runners/artifacts') as {
  resolveArtifacts: (client: ArtifactClient, artifacts: Iterable<object>) => AsyncIterable<object>;
};
interface ArtifactClient {
  resolveArtifacts(request: object): { response: Promise<{ replacements: object[] }> };
}
artifacts.resolveArtifacts = async function* (client, wanted) {
  const request = { artifacts: [...wanted], preferredUrns: [] };
  yield* (await client.resolveArtifacts(request).response).replacements;
};

// To these requests the SDK's worker answers with an error, on which a runner may fail the job. A bundle that is not split
// is processed whole, and what is not promised has nothing to finalize.
interface Request {
  instructionId: string;
  request: { oneofKind?: string; monitoringInfos?: { monitoringInfoId: string[] } };
}
interface Worker {
  metricsShortIdCache: { asMonitoringInfo(id: string): object | undefined };
  handleRequest(request: Request): Promise<unknown>;
  respond(response: object): Promise<unknown>;
}
const ANSWERS: Record<string, (worker: Worker, request: Request['request']) => object> = {
  processBundleSplit: () => ({ primaryRoots: [], residualRoots: [], channelSplits: [] }),
  finalizeBundle: () => ({}),
  monitoringInfos: ({ metricsShortIdCache }, { monitoringInfos }) => {
    const ids = monitoringInfos?.monitoringInfoId ?? [];
    const infos = ids.map((id) => [id, metricsShortIdCache.asMonitoringInfo(id)]);
    return { monitoringInfo: Object.fromEntries(infos.filter(([, info]) => info)) };
  },
};
const { prototype: worker } = require('apache-beam/worker/worker').Worker as { prototype: Worker };
const { handleRequest } = worker;
worker.handleRequest = function (request) {
  const kind = request.request.oneofKind ?? '';
  const answer = ANSWERS[kind]?.(this, request.request);
  if (!answer) return handleRequest.call(this, request);
  const { instructionId } = request;
  return this.respond({ instructionId, error: '', response: { oneofKind: kind, [kind]: answer } });
};

// A worker that runs a bundle after another tells what both counted, which a runner adds up: a counter of the SDK begins
// each bundle where the last has left it.
interface Cell {
  value: { reset(): void };
  reset(): void;
}
interface Container {
  metrics: Map<string, Cell>;
  reset(): void;
  getMetric(transform: string, collection: undefined, spec: object): Cell;
}
const { MetricsContainer } = require('apache-beam/worker/metrics') as {
  MetricsContainer: { new (): Container; prototype: Container };
};
MetricsContainer.prototype.reset = function () {
  for (const cell of this.metrics.values()) {
    cell.reset();
    cell.value.reset();
  }
};

// The SDK names the step that counted by a label that no runner knows, and Java's runners drop such metrics.
interface MetricInfo {
  labels: Record<string, string>;
}
const { prototype: shortIds } = require('apache-beam/worker/metrics').MetricsShortIdCache as {
  prototype: { asMonitoringInfo(id: string, payload?: Uint8Array): MetricInfo };
};
const { asMonitoringInfo } = shortIds;
shortIds.asMonitoringInfo = function (id, payload) {
  const info = asMonitoringInfo.call(this, id, payload);
  const { TRANSFORM, ...labels } = info?.labels ?? {};
  return TRANSFORM === undefined ? info : { ...info, labels: { ...labels, PTRANSFORM: TRANSFORM } };
};

// The SDK tells 32 bits of a number that was counted, and puts the length of a list before a distribution's, where Beam
// has four numbers of 64 bits (https://github.com/apache/beam/blob/v2.49.0/model/pipeline/src/main/proto/org/apache/beam/model/pipeline/v1/metrics.proto).
const { Reader, Writer } = require('protobufjs') as typeof import('protobufjs');
function mendPayload(kind: string, fields: readonly string[]): void {
  const spec = { metricType: `beam:metric:user:${kind}:v1`, name: '' };
  const { value } = new MetricsContainer().getMetric('', undefined, spec);
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
mendPayload('sum_int64', ['value']);
mendPayload('distribution_int64', ['count', 'sum', 'min', 'max']);
