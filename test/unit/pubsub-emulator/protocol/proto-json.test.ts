import { expect } from 'chai';
import fc from 'fast-check';
import {
  fromProtoJson,
  type JsonObject,
  toProtoJson,
} from 'iex-pubsub-emulator/protocol/proto-json';
import { codecOf, services, typesOf } from 'iex-pubsub-emulator/protocol/services';
import type protobuf from 'protobufjs';
import { message, seconds, subscriptionRequest, topicRequest } from '../fixtures.js';

const { root } = services.publisher;

function read(type: string, json: JsonObject) {
  return fromProtoJson(root.lookupType(`google.pubsub.v1.${type}`), json) as JsonObject;
}

function write(type: string, value: object) {
  return toProtoJson(root.lookupType(`google.pubsub.v1.${type}`), value);
}

describe('fromProtoJson', () => {
  it('returns the same message as gRPC', () => {
    const overGrpc = (name: 'CreateTopic' | 'CreateSubscription', fields: object) => {
      const { publisher, subscriber } = services;
      const method = { ...publisher.methods, ...subscriber.methods }[name] as protobuf.Method;
      const { request } = typesOf(method);
      const bytes = request.encode(request.fromObject(fields)).finish();
      return codecOf(method).decodeRequest(Buffer.from(bytes));
    };
    expect(read('Topic', { name: 'a', labels: { b: 'c' } })).to.deep.equal(
      overGrpc('CreateTopic', { name: 'a', labels: { b: 'c' } }),
    );
    expect(
      read('Subscription', {
        name: 'a',
        pushConfig: { pushEndpoint: 'http://b', oidcToken: {} },
        retryPolicy: { minimumBackoff: '0.25s' },
        enableMessageOrdering: true,
      }),
    ).to.deep.equal(
      overGrpc('CreateSubscription', {
        name: 'a',
        pushConfig: { pushEndpoint: 'http://b', oidcToken: {} },
        retryPolicy: { minimumBackoff: { seconds: 0, nanos: 2.5e8 } },
        enableMessageOrdering: true,
      }),
    );
  });

  it('sets every field to its default', () => {
    expect(read('Topic', {})).to.deep.include(topicRequest({ name: '' }));
    expect(read('PubsubMessage', {})).to.deep.equal(message({ data: Buffer.alloc(0) }));
  });

  it('accepts snake_case names, and null for a default', () => {
    expect(read('PullRequest', { max_messages: 5, returnImmediately: null })).to.include({
      maxMessages: 5,
      returnImmediately: false,
    });
    expect(read('PublishRequest', { messages: null })).to.deep.include({ messages: [] });
  });

  it('keeps attributes of any name', () => {
    const attributes = JSON.parse('{"__proto__": "a", "constructor": "b", "empty": ""}');
    const decoded = read('PubsubMessage', { attributes });
    expect(JSON.stringify(decoded.attributes)).to.equal(JSON.stringify(attributes));
    expect(JSON.stringify(write('PubsubMessage', decoded))).to.equal(
      JSON.stringify({ attributes }),
    );
  });

  it('decodes base64, standard or URL-safe, padded or not', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, isUrlSafe) => {
        const data = Buffer.from(bytes).toString(isUrlSafe ? 'base64url' : 'base64');
        expect(Buffer.from(read('PubsubMessage', { data }).data as Buffer).equals(bytes)).to.equal(
          true,
        );
      }),
    );
  });

  it('refuses invalid base64', () => {
    const alien = fc.constantFrom(' ', '\n', '!', '=', '.', 'é', '\0');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 3 }), fc.nat(), alien, (bytes, at, character) => {
        const digits = Buffer.from(bytes).toString('base64url');
        const position = at % digits.length;
        const data = digits.slice(0, position) + character + digits.slice(position);
        expect(() => read('PubsubMessage', { data })).to.throw('PubsubMessage.data');
      }),
    );
  });

  const accepted: [type: string, json: JsonObject, field: string, expected: unknown][] = [
    ['PullRequest', { maxMessages: '7' }, 'maxMessages', 7],
    ['PullRequest', { maxMessages: 2 ** 31 - 1 }, 'maxMessages', 2 ** 31 - 1],
    ['PullRequest', { maxMessages: -(2 ** 31) }, 'maxMessages', -(2 ** 31)],
    ['PullRequest', { maxMessages: 1e3 }, 'maxMessages', 1_000],
    [
      'StreamingPullRequest',
      { maxOutstandingBytes: '9007199254740991' },
      'maxOutstandingBytes',
      2 ** 53 - 1,
    ],
    [
      'Subscription',
      { messageRetentionDuration: '600s' },
      'messageRetentionDuration',
      seconds(600),
    ],
    [
      'Subscription',
      { messageRetentionDuration: '-1.5s' },
      'messageRetentionDuration',
      { seconds: -1, nanos: -5e8 },
    ],
    [
      'Subscription',
      { messageRetentionDuration: '0.000000001s' },
      'messageRetentionDuration',
      { seconds: 0, nanos: 1 },
    ],
    ['Subscription', { state: 'ACTIVE' }, 'state', 'ACTIVE'],
    ['Subscription', { state: 1 }, 'state', 'ACTIVE'],
    [
      'PubsubMessage',
      { publishTime: '1970-01-01T01:00:01.5+01:00' },
      'publishTime',
      { seconds: 1, nanos: 5e8 },
    ],
    [
      'UpdateTopicRequest',
      { updateMask: 'labels,messageRetentionDuration,kms_key_name' },
      'updateMask',
      { paths: ['labels', 'message_retention_duration', 'kms_key_name'] },
    ],
    ['UpdateTopicRequest', { updateMask: '' }, 'updateMask', { paths: [] }],
  ];
  for (const [type, json, field, expected] of accepted) {
    it(`accepts ${JSON.stringify(json)}`, () => {
      expect(read(type, json)[field]).to.deep.equal(expected);
    });
  }

  const refused: [type: string, json: JsonObject, reason: string][] = [
    ['PublishRequest', { message: [] }, 'Unknown name "message" in PublishRequest'],
    ['PublishRequest', { constructor: 1 }, 'Unknown name "constructor"'],
    ['PublishRequest', { messages: [{ dat: '' }] }, 'Unknown name "dat" in PubsubMessage'],
    ['PublishRequest', { messages: {} }, 'PublishRequest.messages must be an array'],
    ['PublishRequest', { messages: [null] }, 'PublishRequest.messages must be an object'],
    ['PublishRequest', { messages: [[]] }, 'PublishRequest.messages must be an object'],
    ['PublishRequest', { topic: 1 }, 'PublishRequest.topic: 1'],
    ['PubsubMessage', { data: 5 }, 'PubsubMessage.data: 5'],
    ['PubsubMessage', { data: 'abcde' }, 'PubsubMessage.data: "abcde"'],
    ['PubsubMessage', { attributes: [] }, 'PubsubMessage.attributes must be an object'],
    ['PubsubMessage', { attributes: { a: 1 } }, 'PubsubMessage.attributes: 1'],
    ['PubsubMessage', { attributes: { a: null } }, 'PubsubMessage.attributes: null'],
    ['PubsubMessage', { publishTime: '2026-11-22' }, 'PubsubMessage.publishTime'],
    ['PubsubMessage', { publishTime: '2026-13-22T00:00:00Z' }, 'PubsubMessage.publishTime'],
    ['PullRequest', { maxMessages: 1.5 }, 'PullRequest.maxMessages: 1.5'],
    ['PullRequest', { maxMessages: 2 ** 31 }, 'PullRequest.maxMessages'],
    ['PullRequest', { maxMessages: '' }, 'PullRequest.maxMessages: ""'],
    ['PullRequest', { maxMessages: '0x10' }, 'PullRequest.maxMessages: "0x10"'],
    ['PullRequest', { maxMessages: true }, 'PullRequest.maxMessages: true'],
    ['PullRequest', { returnImmediately: 'true' }, 'PullRequest.returnImmediately: "true"'],
    ['Subscription', { state: 'NONSENSE' }, 'Subscription.state: "NONSENSE"'],
    ['Subscription', { state: 99 }, 'Subscription.state: 99'],
    ['Subscription', { messageRetentionDuration: '600' }, 'messageRetentionDuration: "600"'],
    ['Subscription', { messageRetentionDuration: { seconds: 600 } }, 'messageRetentionDuration'],
    ['Subscription', { messageRetentionDuration: `${'9'.repeat(400)}s` }, '999...'],
  ];
  for (const [type, json, reason] of refused) {
    it(`refuses ${JSON.stringify(json).slice(0, 80)}`, () => {
      expect(() => read(type, json))
        .to.throw(reason)
        .with.property('code', 3);
    });
  }
});

describe('toProtoJson', () => {
  it('leaves out defaults, but not empty messages', () => {
    expect(write('Topic', topicRequest())).to.deep.equal({ name: 'projects/shop/topics/orders' });
    const subscription = subscriptionRequest({
      pushConfig: { pushEndpoint: '', attributes: {} },
      expirationPolicy: { ttl: null },
      ackDeadlineSeconds: 10,
      state: 'ACTIVE',
    });
    expect(write('Subscription', subscription)).to.deep.equal({
      name: subscription.name,
      topic: subscription.topic,
      pushConfig: {},
      expirationPolicy: {},
      ackDeadlineSeconds: 10,
      state: 'ACTIVE',
    });
    expect(write('PullResponse', { receivedMessages: [] })).to.deep.equal({});
  });

  it('writes bytes, times and nested messages', () => {
    const received = {
      ackId: 'a',
      message: message({
        data: Buffer.from([0, 255, 254]),
        attributes: { symbol: 'AAPL', empty: '' },
        messageId: '1',
        publishTime: { seconds: 1, nanos: 23e6 },
      }),
      deliveryAttempt: 0,
    };
    expect(write('PullResponse', { receivedMessages: [received] })).to.deep.equal({
      receivedMessages: [
        {
          ackId: 'a',
          message: {
            data: 'AP/+',
            attributes: { symbol: 'AAPL', empty: '' },
            messageId: '1',
            publishTime: '1970-01-01T00:00:01.023Z',
          },
        },
      ],
    });
  });

  it('writes 64-bit integers as strings and others as numbers', () => {
    expect(
      write('StreamingPullRequest', { maxOutstandingBytes: 5, streamAckDeadlineSeconds: 10 }),
    ).to.deep.equal({ maxOutstandingBytes: '5', streamAckDeadlineSeconds: 10 });
  });

  for (const [nanos, text] of [
    [0, '600s'],
    [5e8, '600.500s'],
    [1e3, '600.000001s'],
    [1, '600.000000001s'],
  ] as const) {
    it(`writes 600 s and ${nanos} ns as ${text}`, () => {
      const messageRetentionDuration = { seconds: 600, nanos };
      expect(write('Subscription', { messageRetentionDuration })).to.deep.equal({
        messageRetentionDuration: text,
      });
    });
  }
});
