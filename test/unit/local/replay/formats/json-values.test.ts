import { expect } from 'chai';
import fc from 'fast-check';
import { readValues } from 'iex-local/replay/formats/json-values';
import { allOf, inChunks } from 'iex-test/support/bytes';

describe('the values of a JSON text', () => {
  const valuesOf = async (text: string, chunkSize?: number) =>
    (await allOf(readValues(inChunks(text, chunkSize)))).map(({ payload }) => payload.toString());

  it('are the elements of an array, byte by byte', async () => {
    expect(await valuesOf('[{"a": 1.50},{"b" :[{}]}]')).to.deep.equal([
      '{"a": 1.50}',
      '{"b" :[{}]}',
    ]);
    expect(await valuesOf(' [ ] ')).to.deep.equal([]);
  });

  it('may follow each other, with or without anything between them', async () => {
    expect(await valuesOf('{"a":1}{"b":2} {"c":3},\n{"d":4},\r\n\x1e{"e":5}')).to.have.length(5);
    expect(await valuesOf('[{"a":1}]\n[{"b":2}]')).to.deep.equal(['{"a":1}', '{"b":2}']);
  });

  it('may have any brackets, quotation marks and escapes in their strings', async () => {
    const value = JSON.stringify({ '}{][': 'a"b\\"{', '\\': '\\\\"' });
    expect(await valuesOf(`[${value},${value}]`)).to.deep.equal([value, value]);
  });

  it('are kept if they are not objects, for the pipeline to refuse', async () => {
    expect(await valuesOf('[1, "a, b", null, {"a":1} x]')).to.deep.equal([
      '1',
      '"a, b"',
      'null',
      '{"a":1}',
      'x',
    ]);
  });

  it('are found in any array, indented or not, in any chunks', async () => {
    const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue(), { depthIdentifier: 'd' }));
    await fc.assert(
      fc.asyncProperty(
        objects,
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom(0, 2, '\t'),
        async (array, size, indent) => {
          const found = await valuesOf(JSON.stringify(array, null, indent), size);
          expect(found.map((text) => JSON.parse(text))).to.deep.equal(
            JSON.parse(JSON.stringify(array)),
          );
        },
      ),
    );
  });

  it('do not affect those after them if they are broken', async () => {
    const good = '{\n  "a": "1"\n}';
    expect(await valuesOf(`{\n  "a": "1\n}\n${good}`)).to.deep.equal(['{\n  "a": "1\n}', good]);
    expect(await valuesOf(`{\n  "a": "1"\n${good}\n${good}`)).to.deep.equal([
      '{\n  "a": "1"\n',
      good,
      good,
    ]);
    expect(await valuesOf(`${good}\n{\n  "a`)).to.deep.equal([good, '{\n  "a']);
    expect(await valuesOf(`}${good}`)).to.deep.equal(['}', good]);
  });

  it('are refused alone if they are too long', async () => {
    const values = await allOf(
      readValues(inChunks(`[{"a":"${'x'.repeat(2000)}"},{"b":1}]`, 100), 1000),
    );
    expect(values.map(({ length, refusal }) => [length, refusal !== undefined])).to.deep.equal([
      [2008, true],
      [7, false],
    ]);
  });
});
