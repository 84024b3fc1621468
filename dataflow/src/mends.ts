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

// To these requests the SDK's worker answers with an error, on which a runner may fail the job; this may always be
// answered: a bundle that is not split is processed whole.
const ANSWERS: Record<string, object> = {
  processBundleSplit: { primaryRoots: [], residualRoots: [], channelSplits: [] },
  monitoringInfos: { monitoringInfo: {} },
  finalizeBundle: {},
};
interface Request {
  instructionId: string;
  request: { oneofKind?: string };
}
interface Worker {
  handleRequest(request: Request): Promise<unknown>;
  respond(response: object): Promise<unknown>;
}
const { prototype: worker } = require('apache-beam/worker/worker').Worker as { prototype: Worker };
const { handleRequest } = worker;
worker.handleRequest = function (request) {
  const kind = request.request.oneofKind ?? '';
  const answer = ANSWERS[kind];
  if (!answer) return handleRequest.call(this, request);
  const { instructionId } = request;
  return this.respond({ instructionId, error: '', response: { oneofKind: kind, [kind]: answer } });
};
