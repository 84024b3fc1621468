import { expect } from 'chai';
import { type CsvHeader, readCsv, readCsvHeader } from 'iex-local/replay/formats/csv';
import { allOf, inChunks } from 'iex-test/support/bytes';

describe('CSV', () => {
  describe('its header', () => {
    it('has our columns in any order and case, among others, with any of the usual delimiters', () => {
      for (const delimiter of [',', ';', '\t', '|']) {
        const header = readCsvHeader(
          ['Symbol', ' EVENT_TIME ', '"note"', 'latest_price'].join(delimiter),
        );
        expect(header).to.deep.equal({
          delimiter,
          columns: ['symbol', 'event_time', 'note', 'latest_price'],
        });
      }
    });

    it('may end with a line end of Windows', () => {
      expect(readCsvHeader('symbol,latest_price,event_time\r')?.columns).to.include('event_time');
    });

    it('is not recognised without any of our names', () => {
      expect(readCsvHeader('Date,Open,Close')).to.equal(undefined);
      expect(readCsvHeader('"never closed')).to.equal(undefined);
    });

    it('must have all of our columns, each once', () => {
      expect(() => readCsvHeader('symbol,price')).to.throw(
        /no column latest_price and no event_time/,
      );
      expect(() => readCsvHeader('symbol,latest_price,event_time,symbol')).to.throw(
        /two columns symbol/,
      );
    });
  });

  describe('its rows', () => {
    const HEADER = 'symbol,latest_price,event_time';
    const read = async (...rows: string[]) => {
      const header = readCsvHeader(HEADER) as CsvHeader;
      const records = await allOf(readCsv(inChunks([HEADER, ...rows].join('\n'), 10), header));
      return records.map(({ payload, refusal }) => refusal ?? payload.toString());
    };

    it('become the JSON of quotes', async () => {
      expect(await read('A,1.50,T', ' B , 1e2 ,T\r', '"C, ""x""","3",T')).to.deep.equal([
        '{"symbol":"A","latest_price":1.5,"event_time":"T"}',
        '{"symbol":"B","latest_price":100,"event_time":"T"}',
        '{"symbol":"C, \\"x\\"","latest_price":3,"event_time":"T"}',
      ]);
    });

    it('leave a price that is not a number, and a missing time, for the pipeline to refuse', async () => {
      for (const price of ['', 'x', '1,5', '0x10', 'Infinity', '1 000']) {
        const [json = ''] = await read(`A,"${price}",`);
        expect(JSON.parse(json)).to.deep.equal({ symbol: 'A', latest_price: price });
      }
    });

    it('are refused if they have more or fewer fields than the header', async () => {
      expect(await read('A,1', 'A,1,5,T')).to.deep.equal([
        '2 fields in the row, 3 in the header',
        '4 fields in the row, 3 in the header',
      ]);
    });

    it('may continue in the next lines', async () => {
      const rows = await read('A,1,"T', '', 'x"', 'B,2,T');
      expect(rows).to.have.length(2);
      expect(JSON.parse(rows[0] ?? '').event_time).to.match(/^T\n+x$/);
    });

    it('do not affect those after them if they have an open quotation mark', async () => {
      const good = Array.from({ length: 300 }, (_, i) => `A,${i + 1},T`);
      const rows = await read('"A,1,T', ...good, 'A",1,T');
      expect(rows.at(0)).to.equal('not a row of CSV');
      expect(rows.slice(1, -1).map((row) => JSON.parse(row).latest_price)).to.deep.equal(
        good.map((_, i) => i + 1),
      );
      expect(rows.at(-1)).to.equal('not a row of CSV');
    });

    it('are kept unchanged if they are not UTF-8', async () => {
      const header = readCsvHeader(HEADER) as CsvHeader;
      const row = Buffer.from('\xe9,1,T', 'latin1');
      const [record] = await allOf(
        readCsv(inChunks(Buffer.concat([Buffer.from(`${HEADER}\n`), row])), header),
      );
      expect(record?.payload).to.deep.equal(row);
    });
  });
});
