import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { QuoteRow } from 'iex-dataflow';
import {
  dropPart,
  outputsIn,
  readInput,
  readOutput,
  writeInput,
  writeOutput,
} from 'iex-dataflow/src/runners/flink/history-files';
import { temporaryFolder } from 'iex-test/support/folder';

describe('the files of a history', () => {
  const folder = temporaryFolder();

  it('return the bytes of each line', async () => {
    const lines = ['a', '', '日本 🚀', 'ends in a return\r', '\u2028'].map((line) =>
      Buffer.from(line),
    );
    lines.push(Buffer.from([0xff, 0xfe, 0x00]));
    await writeInput(folder, 0, lines);
    expect([...readInput(folder, 0)].map(String)).to.deep.equal(lines.map(String));
    expect(Buffer.compare(Buffer.concat([...readInput(folder, 0)]), Buffer.concat(lines))).to.equal(
      0,
    );
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
    };
    await writeInput(folder, 1, []);
    writeOutput(folder, 1, output);
    expect(await readOutput(folder, 1)).to.deep.equal(output);
  });

  it('list complete outputs, and keep the later one if a part was repeated', async () => {
    await writeInput(folder, 12, []);
    writeFileSync(join(folder, 'output', '13.json.4711'), '{"colu');
    writeOutput(folder, 12, { rows: [], deadLetters: [] });
    writeOutput(folder, 12, { rows: [], deadLetters: [] });
    expect(await outputsIn(folder)).to.have.members([1, 12]);
    await dropPart(folder, 12);
    expect(await outputsIn(folder)).to.deep.equal([1]);
    expect(readdirSync(join(folder, 'input'))).to.have.members(['0', '1']);
  });
});
