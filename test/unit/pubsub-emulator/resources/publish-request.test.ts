import { expect } from 'chai';
import type { PubsubMessage } from 'iex-pubsub-emulator/protocol/messages';
import { checkPublishRequest, messageSize } from 'iex-pubsub-emulator/resources/publish-request';
import { message } from '../fixtures.js';

const attributes = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`key ${i}`, '']));

describe('checkPublishRequest', () => {
  const accepted: [string, PubsubMessage[]][] = [
    ['data without attributes', [message()]],
    ['attributes without data', [message({ data: Buffer.alloc(0), attributes: { a: '' } })]],
    ['1,000 messages', Array.from({ length: 1_000 }, () => message())],
    ['10 MB', [message({ data: Buffer.alloc(10_000_000) })]],
    [
      'the trace context of OpenTelemetry',
      [message({ attributes: { googclient_traceparent: '', googclient_tracestate: '' } })],
    ],
    ['100 attributes', [message({ attributes: attributes(100) })]],
    ['the longest key', [message({ attributes: { ['k'.repeat(256)]: '' } })]],
    ['the longest value', [message({ attributes: { k: 'v'.repeat(1_024) } })]],
    ['the longest ordering key', [message({ orderingKey: 'o'.repeat(1_024) })]],
  ];
  for (const [what, messages] of accepted) {
    it(`accepts ${what}`, () => {
      expect(() => checkPublishRequest(messages)).to.not.throw();
    });
  }

  const refused: [string, PubsubMessage[], string][] = [
    ['no messages', [], 'too small'],
    ['an empty message', [message(), message({ data: Buffer.alloc(0) })], 'is empty'],
    ['1,001 messages', Array.from({ length: 1_001 }, () => message()), 'message_count'],
    ['more than 10 MB', [message({ data: Buffer.alloc(10_000_001) })], 'request_size'],
    [
      'more than 10 MB in sum',
      [message({ data: Buffer.alloc(6_000_000) }), message({ data: Buffer.alloc(6_000_000) })],
      'request_size',
    ],
    ['101 attributes', [message({ attributes: attributes(101) })], 'attributes'],
    ['an empty key', [message({ attributes: { '': 'v' } })], 'key'],
    ['a reserved key', [message({ attributes: { 'goog-key': 'v' } })], 'key'],
    ['a reserved key in capitals', [message({ attributes: { GOOGx: 'v' } })], 'GOOGx'],
    [
      "a key of the service's own",
      [message({ attributes: { googclient_deliveryattempt: '1' } })],
      'googclient_deliveryattempt',
    ],
    [
      'a key that is too long in bytes',
      [message({ attributes: { ['é'.repeat(129)]: '' } })],
      'key',
    ],
    ['a value that is too long', [message({ attributes: { k: 'v'.repeat(1_025) } })], 'value'],
    ['an ordering key that is too long', [message({ orderingKey: 'o'.repeat(1_025) })], 'ordering'],
  ];
  for (const [what, messages, reason] of refused) {
    it(`refuses ${what}`, () => {
      expect(() => checkPublishRequest(messages))
        .to.throw(reason)
        .with.property('code', 3);
    });
  }
});

describe('messageSize', () => {
  it('counts data, attributes and ordering key in bytes', () => {
    const size = messageSize(
      message({ data: Buffer.alloc(10), attributes: { é: 'abc' }, orderingKey: 'xy' }),
    );
    expect(size).to.equal(10 + 2 + 3 + 2);
  });
});
