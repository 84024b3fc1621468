import { UnknownFieldHandler, WireType } from '@protobuf-ts/runtime';
import type { InstructionRequest } from 'apache-beam/proto/beam_fn_api';
import { expect } from 'chai';
import { expectRows, messageOf, quotesOf, rowsOf } from 'iex-test/support/beam/quotes';
import {
  describeOnEachNode,
  expectExact,
  expectRowsOf,
  JOBS,
  RESOLUTIONS,
} from 'iex-test/support/beam/staged-workers';
import { countersOf, type WorkerSession } from 'iex-test/support/beam/worker-session';

const ZEROS = {
  messages_read: 0,
  messages_parsed: 0,
  dead_letters: 0,
  dead_letters_decode: 0,
  dead_letters_parse: 0,
  dead_letters_validate: 0,
  dead_letters_write: 0,
  rows_1_min: 0,
  rows_5_min: 0,
  rows_15_min: 0,
};

describeOnEachNode('a staged worker and what a runner asks of it', (workers) => {
  let session: WorkerSession;

  before(async () => {
    session = await workers().start();
  });

  const ask = async (request: InstructionRequest['request'], at = session) =>
    await at.unlessEnded(at.runner.request(at.nextId(), request));

  it('reports every counter from its first bundle on, and the count of each bundle', async () => {
    const stage = session.describe(workers().readStage());
    const bundles = [[], quotesOf(1).map((quote) => messageOf(quote)), [Buffer.from('x')], []];
    const reported: object[] = [];
    for (const messages of bundles) {
      reported.push(countersOf((await session.run(stage, messages)).response));
    }
    const rows = { rows_1_min: 6, rows_5_min: 30, rows_15_min: 90 };
    expect(reported).to.deep.equal([
      ZEROS,
      { ...ZEROS, messages_read: 1, messages_parsed: 1, ...rows },
      { ...ZEROS, messages_read: 1, dead_letters: 1, dead_letters_parse: 1 },
      ZEROS,
    ]);
    const lost = await session.run(session.describe(workers().lostStage()), []);
    expect(countersOf(lost.response)).to.deep.equal({ dead_letters_lost: 0 });
    const refused = await session.run(session.describe(workers().refuseStage()), []);
    expect(countersOf(refused.response)).to.include({ dead_letters: 0, dead_letters_write: 0 });
  });

  it('sends its worker ID with each call', async () => {
    await expectExact(session, session.describe(workers().readStage()), 1);
    expect(session.runner.workerIds).to.deep.equal({
      control: 'sdk-0-0',
      getProcessBundleDescriptor: 'sdk-0-0',
      data: 'sdk-0-0',
      logging: 'sdk-0-0',
    });
  });

  it('declines a split of a bundle that is running, and reports its progress', async () => {
    const stage = session.describe(workers().readStage());
    const quotes = quotesOf(30);
    const id = session.nextId();
    const elements = quotes.map((quote) => stage.encode(messageOf(quote)));
    const answer = session.startBundle(id, stage);
    const { piece, send } = session.input(id, elements);
    await send(...elements.slice(0, 20).map((element) => piece(element)));
    const desired = {
      fractionOfRemainder: 0.5,
      allowedSplitPoints: [],
      estimatedInputElements: 30n,
    };
    const split = await ask({
      oneofKind: 'processBundleSplit',
      processBundleSplit: { instructionId: id, desiredSplits: { source: desired } },
    });
    expect(split).to.include({ error: '' });
    expect(split.response).to.deep.equal({
      oneofKind: 'processBundleSplit',
      processBundleSplit: { primaryRoots: [], residualRoots: [], channelSplits: [] },
    });
    const progress = await ask({
      oneofKind: 'processBundleProgress',
      processBundleProgress: { instructionId: id },
    });
    expect(progress).to.include({ error: '' });
    expect(progress.response.oneofKind).to.equal('processBundleProgress');

    await send(...elements.slice(20).map((element) => piece(element)));
    await send(piece(undefined, true));
    expectRowsOf(quotes, stage, (await session.result(id, stage, answer)).output.quote);
  });

  it('responds to requests about bundles that it does not know', async () => {
    const instructionId = 'unknown';
    const requests: InstructionRequest['request'][] = [
      { oneofKind: 'processBundleProgress', processBundleProgress: { instructionId } },
      { oneofKind: 'processBundleSplit', processBundleSplit: { instructionId, desiredSplits: {} } },
      { oneofKind: 'finalizeBundle', finalizeBundle: { instructionId } },
      { oneofKind: 'monitoringInfos', monitoringInfos: { monitoringInfoId: ['unknown'] } },
      { oneofKind: 'harnessMonitoringInfos', harnessMonitoringInfos: {} },
    ];
    for (const request of requests) {
      const { error, response } = await ask(request);
      expect(error).to.equal('');
      expect(response.oneofKind).to.equal(request.oneofKind);
    }
  });

  it('explains the short ids of its metrics', async () => {
    const { response } = await expectExact(session, session.describe(workers().readStage()), 1);
    const reported = response.response;
    if (reported.oneofKind !== 'processBundle') return expect.fail(String(reported.oneofKind));
    const ids = Object.keys(reported.processBundle.monitoringData);
    const { response: explained } = await ask({
      oneofKind: 'monitoringInfos',
      monitoringInfos: { monitoringInfoId: [...ids, 'unknown'] },
    });
    const infos = explained.oneofKind === 'monitoringInfos' ? explained.monitoringInfos : undefined;
    expect(infos?.monitoringInfo).to.have.keys(ids);
    const labels = Object.values(infos?.monitoringInfo ?? {}).map((info) => info.labels.NAME);
    expect(labels).to.include.members(Object.keys(ZEROS));
  });

  it('runs bundles of a newer Beam whose messages all have unknown fields', async () => {
    const newer = await workers().start({ newerBeam: true });
    for (const job of JOBS) await expectExact(newer, newer.describe(workers().readStage(job)), 20);
    const refuseStage = newer.describe(workers().refuseStage());
    const [row] = rowsOf(quotesOf(1), [1]);
    const { output } = await newer.run(refuseStage, [{ failed_row: row, error_message: 'no' }]);
    expect(output.dead_letter).to.have.length(1);
    const split = { instructionId: 'unknown', desiredSplits: {} };
    const { error } = await ask(
      { oneofKind: 'processBundleSplit', processBundleSplit: split },
      newer,
    );
    expect(error).to.equal('');
  });

  it('runs a bundle that has the newer fields of ProcessBundleRequest', async () => {
    const stage = session.describe(workers().readStage());
    const processBundle = { processBundleDescriptorId: stage.id, cacheTokens: [] };
    // has_no_state, only_bundle_for_keys and data_stream_id.
    UnknownFieldHandler.onRead('', processBundle, 4, WireType.Varint, Buffer.of(1));
    UnknownFieldHandler.onRead('', processBundle, 5, WireType.Varint, Buffer.of(1));
    UnknownFieldHandler.onRead(
      '',
      processBundle,
      6,
      WireType.LengthDelimited,
      Buffer.from('\x01s'),
    );
    const id = session.nextId();
    const answer = session.runner.request(id, { oneofKind: 'processBundle', processBundle });
    const quotes = quotesOf(3);
    const elements = quotes.map((quote) => stage.encode(messageOf(quote)));
    const { piece, send } = session.input(id, elements);
    await send(piece(Buffer.concat(elements), true));
    const { output } = await session.result(id, stage, session.unlessEnded(answer));
    expectRows(output.quote, rowsOf(quotes, RESOLUTIONS[stage.stage.job] ?? []));
  });

  it('refuses an unknown kind of request', async () => {
    const sampleData = { oneofKind: undefined };
    // InstructionRequest.sample_data, of Beam 2.50.
    UnknownFieldHandler.onRead('', sampleData, 1007, WireType.LengthDelimited, Buffer.of(0));
    expect((await ask(sampleData)).error).to.match(/Unknown instruction type/);
    await expectExact(session, session.describe(workers().readStage()), 1);
  });

  it('fails a bundle that it cannot run, and runs the next', async () => {
    const stage = session.describe(workers().readStage());
    const id = session.nextId();
    const answer = session.startBundle(id, stage);
    const { piece, send } = session.input(id, []);
    // More than a megabyte of rows, which the worker would send at once.
    const elements = quotesOf(300).map((quote) => stage.encode(messageOf(quote)));
    const pieces = elements.map((element) => piece(element));
    await send(piece(Buffer.of(1, 2, 3)), ...pieces);
    expect((await answer).error).to.match(/Error/);
    // Data that was already sent.
    await send(...pieces, piece(undefined, true));
    await expectExact(session, stage, 600);
    expect(session.runner.hasOutput(id), 'output of the failed bundle').to.equal(false);

    const unknown = await session.startBundle(session.nextId(), { ...stage, id: 'unknown' });
    expect(unknown.error).to.match(/no unknown/);
    await expectExact(session, stage, 3);
  });
});
