import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { runBatch } from 'iex-dataflow';
import { createPartFolders } from 'iex-dataflow/flink';
import {
  offerAgain,
  type PartOutput,
  takeInput,
  writeOutput,
} from 'iex-dataflow/src/runners/flink/part-files';
import type { Counts } from 'iex-local/runner/protocol';
import type { ReceivedMessage } from 'iex-local/runner/subscription-source';
import { Store } from 'iex-local/store/store';
import { runParts } from 'iex-local/stream/parts';
import { queryDatabase } from 'iex-test/support/database';
import { temporaryFolder } from 'iex-test/support/folder';
import { untilTrue } from 'iex-test/support/until';

const PUBLISHED = Date.UTC(2026, 10, 22, 9);

/** What a worker makes of messages, which it processes one by one. */
async function outputOf(messages: readonly { payload: Uint8Array }[]): Promise<PartOutput> {
  const output: PartOutput = { rows: [], deadLetters: [], rowEnds: [], deadLetterEnds: [] };
  for (const message of messages) {
    const { rows, deadLetters } = await runBatch([{ ...message, publishTime: PUBLISHED }], [1]);
    output.rowEnds.push(output.rows.push(...rows));
    output.deadLetterEnds.push(output.deadLetters.push(...deadLetters));
  }
  return output;
}

describe('the parts of a stream', () => {
  const root = temporaryFolder();
  let drain = new AbortController();

  // A test that failed has not ended its run.
  afterEach(() => drain.abort());

  async function setUp() {
    const folder = mkdtempSync(join(root, 'parts-'));
    await createPartFolders(folder);
    const database = join(folder, 'quotes.duckdb');
    const store = await Store.open(database);
    const writer = await store.writer();
    const waiting: ReceivedMessage[][] = [];
    const events: string[] = [];
    const committed: Counts[] = [];
    const failures: Error[] = [];
    drain = new AbortController();
    let acknowledgeFailures = 0;
    const options = {
      source: {
        pull: async () => waiting.shift() ?? [],
        acknowledge: async (messages: readonly ReceivedMessage[]) => {
          if (acknowledgeFailures-- > 0) throw new Error('no connection');
          events.push(...messages.map(({ ackId }) => `acknowledged ${ackId}`));
        },
      },
      sourceName: 'quotes',
      writer,
      resolutions: [1],
      drain: drain.signal,
      onCommitted(counts: Counts) {
        committed.push(counts);
        events.push('committed');
      },
      onError: (error: Error) => failures.push(error),
    };
    const stream = {
      slots: 1,
      runningSince: 0,
      async restart(reason: string) {
        events.push(reason);
        this.runningSince = clock.time;
      },
    };
    const clock = { time: 0 };
    const running = runParts(options, folder, stream, () => clock.time);
    return {
      folder,
      clock,
      stream,
      events,
      committed,
      failures,
      /** Delivers messages, each named by its ID, as one part. */
      deliver(...ids: string[]) {
        waiting.push(
          ids.map((id, i) => ({
            id,
            ackId: `${id}/${i}`,
            payload: Buffer.from(
              id.startsWith('bad') ? id : JSON.stringify({ symbol: id, latest_price: 1 }),
            ),
            publishTime: PUBLISHED,
          })),
        );
      },
      failToAcknowledge(times: number) {
        acknowledgeFailures = times;
      },
      /** Processes the next part, as a worker does, or only takes it. */
      async work(how?: 'without an output') {
        let taken: ReturnType<typeof takeInput>;
        await untilTrue(() => {
          taken = takeInput(folder);
          return taken !== undefined;
        });
        if (taken && !how) writeOutput(folder, taken.part, await outputOf(taken.messages));
      },
      /** The symbols with their numbers of rows, and the dead letters. */
      async end() {
        drain.abort();
        await running;
        writer.close();
        store.close();
        const rows = await queryDatabase<{ symbol: string; n: number }>(
          database,
          'SELECT symbol, count(*) n FROM iex.quote GROUP BY ALL ORDER BY symbol',
        );
        const bad = await queryDatabase<{ payload: string }>(
          database,
          'SELECT payload FROM iex.dead_letter ORDER BY ALL',
        );
        return [...rows.map(({ symbol, n }) => `${symbol} ${n}`), ...bad.map((row) => row.payload)];
      },
    };
  }

  it('are acknowledged after they are committed, and not before they have output', async () => {
    const { deliver, work, events, end } = await setUp();
    deliver('A', 'bad', 'B');
    deliver('C');
    await work();
    await untilTrue(() => events.length > 0);
    await work();
    expect(await end()).to.deep.equal(['A 6', 'B 6', 'C 6', 'bad']);
    const first = ['committed', 'acknowledged A/0', 'acknowledged bad/1', 'acknowledged B/2'];
    expect(events).to.deep.equal([...first, 'committed', 'acknowledged C/0']);
  });

  it('add only the messages that the database does not have', async () => {
    const { deliver, work, committed, end } = await setUp();
    deliver('A', 'bad', 'B');
    await work();
    await untilTrue(() => committed.length === 1);
    deliver('C', 'B', 'bad', 'D', 'A', 'bad too', 'D');
    await work();
    expect(await end()).to.deep.equal(['A 6', 'B 6', 'C 6', 'D 6', 'bad', 'bad too']);
    expect(committed).to.deep.equal([
      { quotes: 2, rows: 12, deadLetters: 1 },
      { quotes: 2, rows: 12, deadLetters: 1 },
    ]);
  });

  it('are committed once if they cannot be acknowledged at first', async () => {
    const { deliver, work, events, failures, failToAcknowledge, end } = await setUp();
    failToAcknowledge(1);
    deliver('A', 'B');
    await work();
    await untilTrue(() => events.includes('acknowledged B/1'));
    expect(await end()).to.deep.equal(['A 6', 'B 6']);
    expect(failures.map(({ message }) => message)).to.deep.equal(['no connection']);
  });

  it('leave nothing in the folder, even if a worker finishes one twice', async () => {
    const { folder, deliver, work, events, end } = await setUp();
    const files = () =>
      ['input', 'taken', 'output'].flatMap((name) => readdirSync(join(folder, name)));
    deliver('A');
    await work();
    await untilTrue(() => events.length === 2);
    writeOutput(folder, 0, await outputOf([]));
    deliver('B');
    await work();
    await untilTrue(() => events.length === 4 && files().length === 0);
    expect(await end()).to.deep.equal(['A 6', 'B 6']);
  });

  it('are processed by a new job if one takes more than five minutes', async () => {
    const { folder, clock, stream, deliver, work, events, end } = await setUp();
    clock.time = 1_000_000;
    deliver('A');
    await work('without an output');
    stream.runningSince = 1_100_000;
    clock.time = 1_399_999;
    deliver('B');
    await work();
    await untilTrue(() => events.includes('acknowledged B/0'));
    expect(events).to.deep.equal(['committed', 'acknowledged B/0']);
    clock.time += 1;
    await untilTrue(() => events.length > 2);
    expect(events.slice(2)).to.deep.equal(['it has not finished a part for 5 minutes']);
    await offerAgain(folder);
    await work();
    expect(await end()).to.deep.equal(['A 6', 'B 6']);
  });
});
