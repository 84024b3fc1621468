import 'apache-beam';
import type { Metadata } from '@grpc/grpc-js';
import type {
  InstructionRequest,
  InstructionResponse,
  MonitoringInfosMetadataResponse,
} from 'apache-beam/proto/beam_fn_api';
import { BeamFnControlClient } from 'apache-beam/proto/beam_fn_api.grpc-client';
import { Worker } from 'apache-beam/worker/worker';

type Response = InstructionResponse['response'];

const NO_PROGRESS = { monitoringInfos: [], monitoringData: {} };
const NO_SPLIT = { primaryRoots: [], residualRoots: [], channelSplits: [] };

/** @returns undefined for a request that is left to the SDK */
function responseTo({ request }: InstructionRequest, worker: Worker): Response | undefined {
  switch (request.oneofKind) {
    case 'processBundleProgress': {
      const { instructionId } = request.processBundleProgress;
      if (worker.activeBundleProcessors.has(instructionId)) return undefined;
      return { oneofKind: 'processBundleProgress', processBundleProgress: NO_PROGRESS };
    }
    case 'processBundleSplit':
      // A runner may ask, and a worker may decline.
      return { oneofKind: 'processBundleSplit', processBundleSplit: NO_SPLIT };
    case 'finalizeBundle':
      return { oneofKind: 'finalizeBundle', finalizeBundle: {} };
    case 'monitoringInfos': {
      const monitoringInfos = describeMetrics(request.monitoringInfos.monitoringInfoId, worker);
      return { oneofKind: 'monitoringInfos', monitoringInfos };
    }
    case 'harnessMonitoringInfos':
      return {
        oneofKind: 'harnessMonitoringInfos',
        harnessMonitoringInfos: { monitoringData: {} },
      };
    default:
      return undefined;
  }
}

/** The metrics of short IDs, as far as the worker has issued these. */
function describeMetrics(ids: readonly string[], worker: Worker): MonitoringInfosMetadataResponse {
  const monitoringInfo: MonitoringInfosMetadataResponse['monitoringInfo'] = {};
  for (const id of ids) {
    const info: MonitoringInfosMetadataResponse['monitoringInfo'][string] | undefined =
      worker.metricsShortIdCache.asMonitoringInfo(id);
    if (info) monitoringInfo[id] = info;
  }
  return { monitoringInfo };
}

/** The SDK responds to these requests with an error, for which a runner may fail the job. */
const { handleRequest } = Worker.prototype;
Worker.prototype.handleRequest = function (request: InstructionRequest) {
  const response = responseTo(request, this);
  if (!response) return handleRequest.call(this, request);
  return this.respond({ instructionId: request.instructionId, error: '', response });
};

/**
 * The SDK requests the description of a bundle without its worker ID, by which a runner that serves
 * several workers identifies the worker.
 */
const metadata = new WeakMap<BeamFnControlClient, Metadata>();
const { control, getProcessBundleDescriptor } = BeamFnControlClient.prototype;
BeamFnControlClient.prototype.control = function (headers, options) {
  metadata.set(this, headers as Metadata);
  return control.call(this, headers, options);
};
BeamFnControlClient.prototype.getProcessBundleDescriptor = function (request, callback) {
  const headers = metadata.get(this);
  return headers
    ? getProcessBundleDescriptor.call(this, request, headers, callback as never)
    : getProcessBundleDescriptor.call(this, request, callback);
};
