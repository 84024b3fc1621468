import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { QuoteRow } from 'iex-dataflow';
import {
  assignedInput,
  createPartFolders,
  dropPart,
  offerAgain,
  outputsIn,
  readOutput,
  takeInput,
  writeInput,
  writeOutput,
} from 'iex-dataflow/src/runners/flink/part-files';
import { temporaryFolder } from 'iex-test/support/folder';

const NOTHING = { rows: [], deadLetters: [], rowEnds: [], deadLetterEnds: [] };
const message = (text: string, publishTime = 1_767_625_200_001) => ({
  payload: Buffer.from(text),
  publishTime,
});

describe('the files of parts', () => {
  const root = temporaryFolder();
  let folder: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(root, 'parts-'));
    await createPartFolders(folder);
  });

  it('return the bytes and the publish time of each message', async () => {
    const messages = [
      ...['a', '', '日本 🚀', 'ends in a return\r', 'two\nlines\n', '\u2028'].map((text) =>
        message(text),
      ),
      message('early', 0),
      { payload: Buffer.from([0xff, 0xfe, 0x00]) },
    ];
    await writeInput(folder, 0, messages);
    expect(assignedInput(folder, 0)).to.deep.equal(messages);
  });

  it('return rows and dead letters unchanged', async () => {
    const row = (symbol: string, latest_price: number, event_time: number): QuoteRow => ({
      symbol,
      latest_price,
      event_time,
      window_end: event_time + 1,
      resolution_minutes: 15,
    });
    const output = {
      rows: [
        row('"日本", 🚀', 0.1 + 0.2, 1_767_625_200_000_001),
        row('A', Number.MIN_VALUE, 86_400_000_000),
        row('A', 999_999_999.999, 7_258_118_400_000_000),
      ],
      deadLetters: [
        {
          payload: '\u0000\ud800"',
          reason: '',
          stage: 'parse' as const,
          dead_letter_time: 1_767_625_200_000_001,
        },
      ],
      rowEnds: [0, 3],
      deadLetterEnds: [1, 1],
    };
    writeOutput(folder, 1, output);
    expect(await readOutput(folder, 1)).to.deep.equal(output);
  });

  it('list complete outputs, and keep the later one if a part was repeated', async () => {
    for (const part of [0, 1, 12]) await writeInput(folder, part, []);
    writeFileSync(join(folder, 'output', '13.json.4711'), '{"colu');
    writeOutput(folder, 1, NOTHING);
    writeOutput(folder, 12, NOTHING);
    writeOutput(folder, 12, NOTHING);
    expect(await outputsIn(folder)).to.have.members([1, 12]);
    await dropPart(folder, 12);
    expect(await outputsIn(folder)).to.deep.equal([1]);
    expect(readdirSync(join(folder, 'input'))).to.have.members(['0', '1']);
  });

  it('give each part to one worker, the oldest first', async () => {
    for (const part of [10, 9, 11]) await writeInput(folder, part, [message(`of ${part}`)]);
    const taken = [takeInput(folder), takeInput(folder), takeInput(folder), takeInput(folder)];
    expect(taken).to.deep.equal([
      ...[9, 10, 11].map((part) => ({ part, messages: [message(`of ${part}`)] })),
      undefined,
    ]);
  });

  it('give a part that was taken, but not finished, to another worker', async () => {
    for (const part of [0, 1]) await writeInput(folder, part, [message(`of ${part}`)]);
    takeInput(folder);
    await offerAgain(folder);
    expect([takeInput(folder)?.part, takeInput(folder)?.part]).to.deep.equal([0, 1]);
  });

  it('are gone when a part is dropped, whether it was taken or not', async () => {
    for (const part of [0, 1]) await writeInput(folder, part, []);
    takeInput(folder);
    writeOutput(folder, 0, NOTHING);
    await dropPart(folder, 0);
    await dropPart(folder, 1);
    expect(readdirSync(folder, { recursive: true })).to.have.members(['input', 'taken', 'output']);
  });

  it('are offered again although some are dropped meanwhile', async () => {
    const parts = Array.from({ length: 20 }, (_, part) => part);
    for (const part of parts) await writeInput(folder, part, []);
    for (const _ of parts) takeInput(folder);
    await Promise.all([offerAgain(folder), ...parts.map((part) => dropPart(folder, part))]);
    expect(readdirSync(join(folder, 'taken'))).to.deep.equal([]);
  });
});
