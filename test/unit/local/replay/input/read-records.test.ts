import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'chai';
import { OperationalError } from 'iex-cli/errors';
import { Input } from 'iex-local/replay/input/input';
import { readRecords } from 'iex-local/replay/input/read-records';
import { allOf } from 'iex-test/support/bytes';
import { temporaryFolder } from 'iex-test/support/folder';

describe('a file of quotes', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'quotes');

  const QUOTES = [
    { symbol: 'AAPL', latest_price: 150.25, event_time: '2026-01-05T14:30:10Z' },
    { symbol: 'Ł 日本 🚀', latest_price: 301, event_time: '2026-01-05T14:30:10.5Z' },
    { symbol: 'AAPL', latest_price: 150.5, event_time: '2026-01-05T14:30:20Z' },
  ];
  const JSON_LINES = QUOTES.map((quote) => JSON.stringify(quote)).join('\n');
  const CSV = [
    'symbol,latest_price,event_time',
    ...QUOTES.map((quote) => Object.values(quote).join(',')),
  ].join('\n');
  const INDENTED = QUOTES.map((quote) => JSON.stringify(quote, null, 2)).join('\n');
  const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');
  const half = JSON_LINES.length / 2;

  async function read(content: string | Buffer): Promise<Buffer[]> {
    writeFileSync(file, content);
    return (await allOf(readRecords(new Input(file)))).map(({ payload }) => payload);
  }

  async function refusal(content: string | Buffer): Promise<string> {
    try {
      await read(content);
    } catch (error) {
      expect(error).to.be.instanceOf(OperationalError);
      const { message } = error as Error;
      expect(message).to.match(new RegExp(`^${file} (is|has|looks) [^\n]*$`));
      return message;
    }
    throw new Error('it was read');
  }

  describe('is read as', () => {
    const forms: [what: string, content: string | Buffer][] = [
      ['JSON Lines', JSON_LINES],
      ['JSON Lines of Windows', `${JSON_LINES.replaceAll('\n', '\r\n')}\r\n`],
      ['JSON Lines with a byte order mark', `\uFEFF${JSON_LINES}`],
      ['JSON Lines in UTF-16, little endian', utf16(JSON_LINES)],
      ['JSON Lines in UTF-16, big endian', utf16(JSON_LINES).swap16()],
      ['JSON Lines in gzip', gzipSync(JSON_LINES)],
      [
        'JSON Lines in gzip of two members',
        Buffer.concat([gzipSync(JSON_LINES.slice(0, half)), gzipSync(JSON_LINES.slice(half))]),
      ],
      ['JSON Lines in gzip twice', gzipSync(gzipSync(JSON_LINES))],
      ['lines with commas at their ends', JSON_LINES.replaceAll('\n', ',\n')],
      ['objects in one line', JSON_LINES.replaceAll('\n', '')],
      ['lines that end as on old Macs', JSON_LINES.replaceAll('\n', '\r')],
      ['indented objects', INDENTED],
      ['a JSON array', JSON.stringify(QUOTES)],
      ['an indented JSON array', `\n${JSON.stringify(QUOTES, null, '\t')}\n`],
      ['a JSON array in UTF-16 and gzip', gzipSync(utf16(JSON.stringify(QUOTES)))],
      ['a JSON text sequence', QUOTES.map((quote) => `\x1e${JSON.stringify(quote)}\n`).join('')],
      ['CSV', CSV],
      [
        'CSV of Windows with semicolons',
        `\uFEFF${CSV.replaceAll(',', ';').replaceAll('\n', '\r\n')}`,
      ],
      ['CSV with tabs in UTF-16, as Excel writes it', utf16(CSV.replaceAll(',', '\t'))],
    ];
    for (const [what, content] of forms) {
      it(what, async () => {
        const payloads = await read(content);
        expect(payloads.map((payload) => JSON.parse(`${payload}`))).to.deep.equal(QUOTES);
      });
    }

    it('JSON Lines if a line before them is bad', async () => {
      expect(await read(`# from the exchange\n${JSON_LINES}`)).to.have.length(4);
      expect(await read(`{"symbol": "AA\n${JSON_LINES}`)).to.have.length(4);
    });

    it('JSON Lines if the first line is so long that it says nothing about the format', async () => {
      const payloads = await read(`${'x'.repeat(200_000)}\n${JSON_LINES}`);
      expect(payloads.map(({ length }) => length)).to.deep.equal([
        200_000,
        ...JSON_LINES.split('\n').map((line) => Buffer.byteLength(line)),
      ]);
    });

    it('JSON Lines if a later line holds zeros', async () => {
      expect(await read(`${JSON_LINES}\n${'\0'.repeat(512)}`)).to.have.length(4);
    });
  });

  it('converts lone surrogates of UTF-16 to bytes that are not UTF-8, which the pipeline refuses', async () => {
    const [first, second] = await read(utf16('{"symbol":"\uD83D"}\n{"symbol":"🚀"}'));
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(first)).to.throw();
    expect(`${second}`).to.equal('{"symbol":"🚀"}');
  });

  describe('as Parquet', () => {
    async function parquet(select: string): Promise<void> {
      const instance = await DuckDBInstance.create(':memory:');
      const connection = await instance.connect();
      await connection.run(`COPY (${select}) TO '${file}' (FORMAT parquet)`);
      instance.closeSync();
    }
    const readFile = async () =>
      (await allOf(readRecords(new Input(file)))).map(({ payload }) => JSON.parse(`${payload}`));

    it('is read with an instant, in UTC and to the microsecond', async () => {
      await parquet(
        `SELECT TIMESTAMPTZ '2026-01-05 15:30:10.000001+01' AS Event_Time, 1.25::DECIMAL(9, 2) AS latest_price,
                unnest(['A', NULL]) AS symbol`,
      );
      const quote = { latest_price: 1.25, event_time: '2026-01-05T14:30:10.000001Z' };
      expect(await readFile()).to.deep.equal([
        { symbol: 'A', ...quote },
        { symbol: null, ...quote },
      ]);
    });

    it('is read with text for the time, in the order of its rows', async () => {
      await parquet(
        "SELECT 'A' AS symbol, range AS latest_price, '2026-01-05T14:30:10Z' AS event_time FROM range(5000)",
      );
      const prices = (await readFile()).map(({ latest_price }) => latest_price);
      expect(prices).to.deep.equal(Array.from({ length: 5000 }, (_, i) => i));
    });

    for (const [what, select, said] of [
      [
        'another column',
        "SELECT 'A' AS symbol, 1 AS price",
        /no column latest_price and no event_time/,
      ],
      [
        'a time without a zone',
        "SELECT 'A' AS symbol, 1 AS latest_price, TIMESTAMP '2026-01-05 14:30:10' AS event_time",
        /event_time is of type TIMESTAMP:/,
      ],
    ] as const) {
      it(`is refused with ${what}`, async () => {
        await parquet(select);
        const { message } = await readFile().then(
          () => new Error('it was read'),
          (error: Error) => error,
        );
        expect(message).to.match(said);
      });
    }

    it('is refused if it is damaged, or inside gzip', async () => {
      expect(await refusal('PAR1 and nothing')).to.match(/is Parquet that cannot be read/);
      expect(await refusal(gzipSync('PAR1 and nothing'))).to.match(/is Parquet in a stream/);
    });
  });

  describe('is refused, with what it is, if it is', () => {
    const others: [what: string, content: string | Buffer, said: RegExp][] = [
      ['empty', '', /is empty/],
      ['empty but for gzip', gzipSync(''), /is empty/],
      ['empty except for blank lines', '\n \r\n\t\n', /only blank lines/],
      [
        'UTF-16 without a mark',
        utf16(JSON_LINES).subarray(2),
        /UTF-16LE without a byte order mark/,
      ],
      ['UTF-16 of the other kind', utf16(CSV).subarray(2).swap16(), /UTF-16BE without/],
      ['UTF-32', Buffer.from('\uFEFF\0{\0', 'utf16le'), /UTF-32/],
      ['gzip cut off', gzipSync(JSON_LINES).subarray(0, -9), /gzip that is damaged or cut off/],
      ['gzip and nothing else', Buffer.from([0x1f, 0x8b]), /gzip that is damaged or cut off/],
      ['Zstandard', Buffer.from('28b52ffd04000000', 'hex'), /compressed \(application\/zstd\)/],
      ['bzip2', 'BZh91AY&SY', /compressed \(application\/x-bzip2\)/],
      ['xz', Buffer.from('fd377a585a000000', 'hex'), /compressed \(application\/x-xz\)/],
      [
        'a zip archive',
        Buffer.from(`504b0304${'00'.repeat(40)}`, 'hex'),
        /compressed \(application\/zip\)/,
      ],
      ['a PDF', '%PDF-1.7\n', /application\/pdf/],
      [
        'a DuckDB database',
        Buffer.from(`${'x'.repeat(8)}DUCK${'\0'.repeat(99)}`),
        /DuckDB database/,
      ],
      ['other bytes', Buffer.from(Array.from({ length: 999 }, (_, i) => i % 256)), /neither text/],
      ['text of another kind', '[INFO] started\n[INFO] ended\n', /begins with "\[INFO\] started"/],
      ['CSV of another kind', 'Date,Open,Close\n1,2,3\n', /begins with "Date,Open,Close"/],
      ['CSV without all columns', 'symbol,latest_price\nA,1\n', /no column event_time/],
    ];
    for (const [what, content, said] of others) {
      it(what, async () => {
        expect(await refusal(content)).to.match(said);
      });
    }
  });

  it('is refused if it is a folder or does not exist', () => {
    mkdirSync(join(folder, 'folder'));
    for (const name of ['folder', 'none']) {
      expect(() => new Input(join(folder, name))).to.throw(OperationalError, /cannot be read/);
    }
  });
});
