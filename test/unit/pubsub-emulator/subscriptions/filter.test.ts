import { expect } from 'chai';
import fc from 'fast-check';
import { type Filter, matches } from 'iex-pubsub-emulator/subscriptions/filter';
import { parseFilter } from 'iex-pubsub-emulator/subscriptions/filter-parser';

type Attributes = Record<string, string>;

/** Writes a filter with as many parentheses and escapes as possible. */
function print(filter: Filter): string {
  switch (filter.operator) {
    case 'has':
      return `attributes:${quote(filter.key)}`;
    case 'equals':
      return `attributes.${quote(filter.key)} = ${quote(filter.value)}`;
    case 'hasPrefix':
      return `hasPrefix(attributes.${quote(filter.key)},${quote(filter.prefix)})`;
    case 'not':
      return `NOT (${print(filter.operand)})`;
    default:
      return filter.operands
        .map((operand) => `(${print(operand)})`)
        .join(` ${filter.operator.toUpperCase()} `);
  }
}

function quote(text: string): string {
  const escapeUnit = (unit: string) => {
    if (unit === '"' || unit === '\\') return `\\${unit}`;
    const code = unit.codePointAt(0) ?? 0;
    return code < 32 ? `\\x${code.toString(16).padStart(2, '0')}` : unit;
  };
  return `"${[...text].map(escapeUnit).join('')}"`;
}

/** Evaluates a filter by sets of messages instead of by booleans: an oracle of another kind. */
function select(filter: Filter, messages: Set<Attributes>): Set<Attributes> {
  const those = (test: (attributes: Attributes) => boolean) => new Set([...messages].filter(test));
  switch (filter.operator) {
    case 'has':
      return those((attributes) => Object.keys(attributes).includes(filter.key));
    case 'equals':
      return those((attributes) =>
        Object.entries(attributes).some(
          ([key, value]) => key === filter.key && value === filter.value,
        ),
      );
    case 'hasPrefix':
      return those((attributes) =>
        Object.entries(attributes).some(
          ([key, value]) => key === filter.key && value.indexOf(filter.prefix) === 0,
        ),
      );
    case 'not': {
      const excluded = select(filter.operand, messages);
      return those((attributes) => !excluded.has(attributes));
    }
    case 'and':
      return filter.operands.reduce((rest, operand) => select(operand, rest), messages);
    case 'or':
      return new Set(filter.operands.flatMap((operand) => [...select(operand, messages)]));
  }
}

const WORDS = ['a', 'ab', 'b-1', 'iana.org/x', 'AND', 'NOT', '', ' ', '"', '\\', '\n', 'é', '😀'];
const word = fc.oneof(fc.constantFrom('a', 'ab'), fc.constantFrom(...WORDS));
const { filter: anyFilter } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3 },
    fc.record({ operator: fc.constant('has' as const), key: word }),
    fc.record({ operator: fc.constant('equals' as const), key: word, value: word }),
    fc.record({ operator: fc.constant('hasPrefix' as const), key: word, prefix: word }),
    fc.record({ operator: fc.constant('not' as const), operand: tie('filter') }),
    fc.record({
      operator: fc.constantFrom('and' as const, 'or' as const),
      operands: fc.array(tie('filter'), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));
const fitting = anyFilter.filter((filter) => Buffer.byteLength(print(filter)) <= 256);

describe('filters', () => {
  it('read what is printed, for any filter', () => {
    fc.assert(
      fc.property(fitting, (filter) => {
        expect(parseFilter(print(filter))).to.deep.equal(filter);
      }),
    );
  });

  it('select the same messages as an evaluation by sets', () => {
    const anyMessages = fc.array(fc.dictionary(word, word, { maxKeys: 4 }), { maxLength: 8 });
    fc.assert(
      fc.property(fitting, anyMessages, (filter, messages) => {
        const selected = messages.filter((attributes) => matches(filter, attributes));
        const expected = select(filter, new Set(messages));
        expect(selected).to.deep.equal(messages.filter((attributes) => expected.has(attributes)));
      }),
    );
  });

  it('are parsed or refused, whatever the text', () => {
    const tokens = ['attributes', ':', '.', '=', '!=', '"', 'a', 'AND', 'OR', 'NOT', '-', '(', ')'];
    const text = fc.array(fc.constantFrom(...tokens, 'hasPrefix', ',', ' ', '\\'));
    fc.assert(
      fc.property(
        text.map((parts) => parts.join('')),
        (filter) => {
          try {
            parseFilter(filter);
          } catch (error) {
            expect(error).to.have.property('code', 3);
          }
        },
      ),
    );
  });

  // https://cloud.google.com/pubsub/docs/subscription-message-filter#filtering_syntax
  describe('as documented', () => {
    const com = { name: 'com' };
    const net = { name: 'net' };
    const tag = { 'iana.org/language_tag': 'en' };
    const all = [com, net, tag, { ...com, ...tag }, {}];
    const examples: [filter: string, matching: Attributes[]][] = [
      ['attributes:name', [com, net, { ...com, ...tag }]],
      ['NOT attributes:name', [tag, {}]],
      ['attributes.name = "com"', [com, { ...com, ...tag }]],
      ['attributes.name != "com"', [net, tag, {}]],
      ['hasPrefix(attributes.name, "co")', [com, { ...com, ...tag }]],
      ['NOT hasPrefix(attributes.name, "co")', [net, tag, {}]],
      ['attributes."iana.org/language_tag" = "en"', [tag, { ...com, ...tag }]],
      ['attributes:"iana.org/language_tag" AND NOT attributes.name = "com"', [tag]],
      [
        'attributes:"iana.org/language_tag" AND (attributes.name = "net" OR attributes.name = "com")',
        [{ ...com, ...tag }],
      ],
      ['attributes.name = "com" AND -attributes:"iana.org/language_tag"', [com]],
    ];
    for (const [filter, matching] of examples) {
      it(`select by ${filter}`, () => {
        const parsed = parseFilter(filter);
        expect(all.filter((attributes) => matches(parsed, attributes))).to.deep.equal(matching);
      });
    }

    it('distinguish upper and lower case', () => {
      expect(matches(parseFilter('attributes:Name'), com)).to.equal(false);
      expect(matches(parseFilter('attributes.name = "Com"'), com)).to.equal(false);
    });

    it('know the escapes of string literals', () => {
      const literals = {
        '\\u307F\\u3093\\u306A': 'みんな',
        '\\U0001F600': '😀',
        '\\x41\\101': 'AA',
        '\\"\\\\\\n\\t': '"\\\n\t',
      };
      for (const [literal, key] of Object.entries(literals)) {
        expect(parseFilter(`attributes:"${literal}"`), literal).to.deep.equal({
          operator: 'has',
          key,
        });
      }
    });

    for (const filter of [
      '"com" = attributes.name',
      'attributes.name = attributes.website',
      'attributes:\\u307F\\u3093\\u306A',
      'attributes:"iana.org/language_tag" AND attributes.name = "net" OR attributes.name = "org"',
      'attributes.name = "com" AND ("net" OR "org")',
      'attributes.name = "com" and attributes:lang',
      'attributes.name = com',
      'attributes.name = "com',
      'hasSuffix(attributes.name, "om")',
      'name = "com"',
      'attributes:"\\UFFFFFFFF"',
      ' ',
    ]) {
      it(`refuse ${filter}`, () => {
        expect(() => parseFilter(filter))
          .to.throw('Invalid filter')
          .with.property('code', 3);
      });
    }
  });
});

describe('A filter', () => {
  it('sees no attribute that the message does not have, such as what every object inherits', () => {
    for (const filter of ['attributes:constructor', 'hasPrefix(attributes.toString, "")']) {
      expect(matches(parseFilter(filter), {}), filter).to.equal(false);
    }
  });
});
