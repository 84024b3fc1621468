import { expect } from 'chai';
import { messageOf, quotesOf, rowsOf } from 'iex-test/support/beam/quotes';
import {
  describeOnEachNode,
  expectExact,
  expectRowsOf,
  JOBS,
  RESOLUTIONS,
} from 'iex-test/support/beam/staged-workers';
import {
  atOnce,
  type BundleResult,
  type Deliver,
  type WorkerSession,
} from 'iex-test/support/beam/worker-session';
import { untilTrue } from 'iex-test/support/until';

/** A worker sends its output in messages of this many bytes. */
const FULL_MESSAGE = 1e6;

/** gRPC refuses larger messages by default. */
const GRPC_LIMIT = 4 * 2 ** 20;

/** Ways to send a bundle that the Fn API allows. */
const DELIVERIES: Record<string, Deliver> = {
  'data and end mark in one message': atOnce,
  'data with the end mark on it': async ({ elements, piece, send }) =>
    await send(piece(Buffer.concat(elements), true)),
  'data, and an end mark in a separate message': async ({ elements, piece, send }) => {
    await send(piece(Buffer.concat(elements)));
    await send(piece(undefined, true));
  },
  'a message for each element': async ({ elements, piece, send }) => {
    for (const element of elements) await send(piece(element));
    await send(piece(undefined, true));
  },
  'messages of many pieces, some of them empty': async ({ elements, piece, send }) => {
    for (let i = 0; i < elements.length; i += 7) {
      const pieces = elements.slice(i, i + 7).map((element) => piece(element));
      await send(piece(), ...pieces, piece());
    }
    await send(piece(), piece(undefined, true));
  },
};

describeOnEachNode('the rows of a staged worker', (workers) => {
  let session: WorkerSession;

  before(async () => {
    session = await workers().start();
  });

  for (const job of JOBS) {
    describe(`for ${job}`, () => {
      const readStage = (options = {}) => session.describe(workers().readStage(job), options);

      for (const [name, deliver] of Object.entries(DELIVERIES)) {
        it(`are exact from ${name}`, async () => {
          await expectExact(session, readStage(), 40, { deliver });
        });
      }

      it('are exact if the runner puts lengths before elements', async () => {
        await expectExact(session, readStage({ lengthPrefixed: true }), 40);
      });

      it('are exact if the runner describes collections as Dataflow does', async () => {
        await expectExact(session, readStage({ windowedCollections: true }), 40);
      });

      it('are kept if they are refused, as are messages and dead letters', async () => {
        const good = quotesOf(1);
        const read = await session.run(readStage(), [
          ...good.map((quote) => messageOf(quote)),
          Buffer.from('nonsense'),
          Buffer.from([0x7b, 0xff]),
        ]);
        expectRowsOf(good, readStage(), read.output.quote);
        expect(keptBy(read)).to.deep.equal([
          ['parse', 'nonsense'],
          ['decode', 'e/8='],
        ]);

        const [row] = rowsOf(good, RESOLUTIONS[job] ?? []);
        const refused = { failed_row: row, error_message: 'not today' };
        const refuseStage = session.describe(workers().refuseStage(job));
        const kept = keptBy(await session.run(refuseStage, [refused, refused]));
        expect(kept.map(([stage, payload]) => [stage, JSON.parse(payload)])).to.deep.equal(
          Array(2).fill(['write', row]),
        );

        const deadLetter = { payload: job, reason: 'r', stage: 'parse', dead_letter_time: 7 };
        const lost = { failed_row: deadLetter, error_message: 'too sad' };
        await session.run(session.describe(workers().lostStage(job)), [lost]);
        const logged = () =>
          session.runner.logs.filter(({ message }) => message.includes(`"payload":"${job}"`));
        await untilTrue(() => logged().length > 0);
        expect(logged().map(({ message }) => JSON.parse(message))).to.deep.equal([
          { severity: 'CRITICAL', message: 'dead letter refused', ...lost },
        ]);
      });
    });
  }

  // The other jobs differ only in the length of their windows.
  for (const job of ['iex-aggregate', 'iex-aggregate-1']) {
    it(`are exact if the output of ${job} has megabytes`, async () => {
      const minutes = (RESOLUTIONS[job] ?? []).reduce((sum, each) => sum + each);
      const count = Math.ceil(9000 / minutes);
      const deliver = DELIVERIES['data, and an end mark in a separate message'] as Deliver;
      const { messageBytes } = await expectExact(
        session,
        session.describe(workers().readStage(job)),
        count,
        { deliver },
      );
      expect(messageBytes.filter((bytes) => bytes > FULL_MESSAGE)).to.have.length.above(1);
    });
  }

  const keptBy = ({ output }: BundleResult) =>
    (output.dead_letter as Record<string, string>[]).map(
      ({ payload = '', stage = '' }): [string, string] => [stage, payload],
    );

  it('are exact from messages above the default limit of gRPC', async () => {
    const stage = session.describe(workers().readStage());
    await expectExact(session, stage, 10, { padding: GRPC_LIMIT / 8 });
    await expectExact(session, stage, 1, { padding: 2 * GRPC_LIMIT });
  });

  it('are exact from interleaved bundles of all jobs, with data before the request', async () => {
    const stages = JOBS.map((job) => session.describe(workers().readStage(job)));
    const bundles = Array.from({ length: 10 }, (_, i) => i).flatMap((i) =>
      stages.map((stage) => {
        const quotes = quotesOf(4 + (i % 3), 10 * i);
        const id = session.nextId();
        const elements = quotes.map((quote) => stage.encode(messageOf(quote)));
        return { id, stage, quotes, isEarly: i % 2 === 0, ...session.input(id, elements) };
      }),
    );
    const begin = (isEarly: boolean) =>
      bundles
        .filter((bundle) => bundle.isEarly === isEarly)
        .map(async ({ id, stage, quotes }) => {
          const { output } = await session.result(id, stage, session.startBundle(id, stage));
          expectRowsOf(quotes, stage, output.quote);
        });

    const running = begin(true);
    for (let n = 0; n < 8; n++) {
      const pieces = bundles.flatMap(({ elements, piece }) => {
        const element = elements[n];
        if (element) return [piece(element)];
        return elements.length === n ? [piece(undefined, true)] : [];
      });
      await session.unlessEnded(session.runner.send(...pieces));
    }
    expect(await Promise.all([...running, ...begin(false)])).to.have.length(bundles.length);
  });
});
