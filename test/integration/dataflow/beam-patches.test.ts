import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import {
  GetArtifactResponse,
  ResolveArtifactsRequest,
  ResolveArtifactsResponse,
} from 'apache-beam/proto/beam_artifact_api';
import type { InstructionRequest, InstructionResponse } from 'apache-beam/proto/beam_fn_api';
import { beamFnControlDefinition } from 'apache-beam/proto/beam_fn_api.grpc-server';
import type { ArtifactInformation, Components } from 'apache-beam/proto/beam_runner_api';
import { expect } from 'chai';
import * as beam from 'iex-dataflow/src/sdk/beam';
import { temporaryFolder } from 'iex-test/support/folder';

describe('the patches of the Beam SDK', () => {
  let server: grpc.Server;

  beforeEach(() => {
    server = new grpc.Server();
  });

  afterEach(() => server.forceShutdown());

  /** Starts the server on a free port, and resolves to its address. */
  const start = () =>
    new Promise<string>((resolve, reject) => {
      server.bindAsync('localhost:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
        if (error) reject(error);
        else resolve(`localhost:${port}`);
      });
    });

  it('let it load on a Node.js without util.isPrimitive', () => {
    const script = "delete require('node:util').isPrimitive; require('iex-dataflow');";
    execFileSync(process.execPath, ['-e', script], { stdio: 'pipe' });
  });

  it("keep Google's Pub/Sub client from being loaded", () => {
    const script = "require('iex-dataflow'); console.log(Object.keys(require.cache).join());";
    const loaded = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    expect(loaded).to.include('/apache-beam/').and.not.include('/@google-cloud/');
  });

  describe('for the files that transforms of another SDK need', () => {
    const folder = temporaryFolder();
    const calls: string[] = [];

    /** An expansion service's files, as it would send them. */
    async function startArtifactService(): Promise<string> {
      const service = '/org.apache.beam.model.job_management.v1.ArtifactRetrievalService';
      const definition = {
        resolveArtifacts: {
          path: `${service}/ResolveArtifacts`,
          requestStream: false,
          responseStream: false,
          requestDeserialize: ResolveArtifactsRequest.fromBinary.bind(ResolveArtifactsRequest),
          requestSerialize: () => Buffer.of(),
          responseDeserialize: () => undefined,
          responseSerialize: (value: ResolveArtifactsResponse) =>
            Buffer.from(ResolveArtifactsResponse.toBinary(value)),
        },
        getArtifact: {
          path: `${service}/GetArtifact`,
          requestStream: false,
          responseStream: true,
          requestDeserialize: () => undefined,
          requestSerialize: () => Buffer.of(),
          responseDeserialize: () => undefined,
          responseSerialize: (value: GetArtifactResponse) =>
            Buffer.from(GetArtifactResponse.toBinary(value)),
        },
      };
      server.addService(definition as unknown as grpc.ServiceDefinition, {
        resolveArtifacts: (
          { request }: grpc.ServerUnaryCall<ResolveArtifactsRequest, ResolveArtifactsResponse>,
          callback: grpc.sendUnaryData<ResolveArtifactsResponse>,
        ) => {
          calls.push('resolveArtifacts');
          callback(null, { replacements: request.artifacts });
        },
        getArtifact: (call: grpc.ServerWritableStream<unknown, GetArtifactResponse>) => {
          calls.push('getArtifact');
          call.write({ data: Buffer.from('x') });
          call.end();
        },
      });
      return await start();
    }

    it('leave them in their places, and request all at once', async () => {
      const wanted = ['a.jar', 'b.jar'].map((name): ArtifactInformation => {
        const path = join(folder, name);
        writeFileSync(path, name);
        return {
          typeUrn: 'beam:artifact:type:file:v1',
          typePayload: beam.ArtifactFilePayload.toBinary({ path, sha256: '' }),
          roleUrn: 'beam:artifact:role:staging_to:v1',
          rolePayload: Buffer.from(name),
        };
      });
      const environment = { dependencies: wanted };
      const transform = beam.rawExternalTransform('urn', new Uint8Array(), 'localhost:0');
      const { environments } = await (
        transform as unknown as {
          resolveArtifacts(components: object, address: string): Promise<Components>;
        }
      ).resolveArtifacts({ environments: { java: environment } }, await startArtifactService());

      expect(calls).to.deep.equal(['resolveArtifacts']);
      const paths = environments.java?.dependencies.map(
        ({ typePayload }) => beam.ArtifactFilePayload.fromBinary(typePayload).path,
      );
      expect(paths).to.deep.equal(['a.jar', 'b.jar'].map((name) => join(folder, name)));
      expect(readdirSync(folder)).to.have.members(['a.jar', 'b.jar']);
      expect(readFileSync(join(folder, 'a.jar'), 'utf8')).to.equal('a.jar');
    });
  });

  describe('of workers', () => {
    const WORKER = `
      require('iex-dataflow/dist/pipeline/steps');
      require('iex-dataflow/dist/sdk/worker');
      const { Worker } = require('apache-beam/worker/worker');
      new Worker('1', { controlUrl: process.argv[1] }, {});`;

    /**
     * Sends requests to a worker in a separate process; resolves to its responses and its output.
     */
    async function ask(requests: readonly InstructionRequest['request'][]) {
      const answers: InstructionResponse[] = [];
      const answered = new Promise<void>((resolve, reject) => {
        server.addService(beamFnControlDefinition, {
          control: (call: grpc.ServerDuplexStream<InstructionResponse, InstructionRequest>) => {
            call.on('error', reject);
            call.on('data', (answer: InstructionResponse) => {
              answers.push(answer);
              if (answers.length < requests.length) return;
              call.end();
              resolve();
            });
            for (const [i, request] of requests.entries())
              call.write({ instructionId: String(i), request });
          },
          getProcessBundleDescriptor: () => undefined,
        });
      });
      const worker = spawn(process.execPath, ['-e', WORKER, await start()]);
      let printed = '';
      worker.stdout.on('data', (text) => {
        printed += text;
      });
      const closed = once(worker, 'close');
      await Promise.race([answered, closed]);
      worker.kill();
      await closed;
      return { answers, printed };
    }

    /** Of bundles that the worker does not know, or no longer. */
    const REQUESTS: InstructionRequest['request'][] = [
      {
        oneofKind: 'processBundleSplit',
        processBundleSplit: { instructionId: 'unknown', desiredSplits: {} },
      },
      { oneofKind: 'monitoringInfos', monitoringInfos: { monitoringInfoId: ['unknown'] } },
      { oneofKind: 'finalizeBundle', finalizeBundle: { instructionId: 'unknown' } },
    ];

    it('let it answer requests about bundles that it does not know', async () => {
      const { answers } = await ask(REQUESTS);
      expect(
        answers.map(({ instructionId, error, response }) => ({
          instructionId,
          error,
          kind: response.oneofKind,
        })),
      ).to.deep.equal(
        REQUESTS.map(({ oneofKind }, i) => ({
          instructionId: String(i),
          error: '',
          kind: oneofKind,
        })),
      );
    });

    it('let it refuse a kind of request that it does not know', async () => {
      const [answer] = (await ask([{ oneofKind: undefined }])).answers;
      expect(answer?.error).to.include('Unknown instruction type');
    });

    it('keep it from printing each request', async () => {
      const progress = { instructionId: 'unknown' };
      const { printed } = await ask([
        ...REQUESTS,
        { oneofKind: undefined },
        { oneofKind: 'processBundleProgress', processBundleProgress: progress },
      ]);
      expect(printed).to.equal('');
    });
  });
});
