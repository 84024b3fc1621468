import { expect } from 'chai';
import { type PubSubEmulator, startPubSubEmulator } from 'iex-pubsub-emulator';
import {
  type GooglePubSubEmulator,
  googlePubSubEmulatorJar,
  startGooglePubSubEmulator,
} from 'iex-test/support/google-pubsub-emulator';
import { base64, type Json, type RestCall, restCaller } from 'iex-test/support/rest-call';
import { skipSuite } from 'iex-test/support/skip';

/** A call to both emulators; it may use earlier responses of the same emulator, by their titles. */
interface Step {
  method: string;
  path: string | ((earlier: Record<string, Json>) => string);
  body?: object | ((earlier: Record<string, Json>) => object);
}

const P = 'projects/shop';
const TOPIC = `${P}/topics/orders`;
const SUB = `${P}/subscriptions/billing`;
/** What one emulator refuses and the other takes goes here, so that it changes nothing else. */
const OTHER = 'projects/other';
const OTHER_TOPIC = `${OTHER}/topics/orders`;
const AVRO = JSON.stringify({
  type: 'record',
  name: 'Order',
  fields: [{ name: 'id', type: 'string' }],
});
const messages = (...texts: string[]) => ({
  messages: texts.map((text) => ({ data: base64(text) })),
});
const withAttribute = (key: string) => ({ messages: [{ attributes: { [key]: 'value' } }] });
const PULL = { maxMessages: 10, returnImmediately: true };
const ackIdsOf = (response: Json) =>
  response.receivedMessages.map(({ ackId }: { ackId: string }) => ackId);

const step = (method: string, path: Step['path'], body?: Step['body']): Step => ({
  method,
  path,
  ...(body && { body }),
});

/** In this order, because each builds on those before. */
const STEPS: Record<string, Step> = {
  'create a topic': step('PUT', TOPIC, { labels: { team: 'sales' } }),
  'create it again': step('PUT', TOPIC, {}),
  'create a topic in another project': step('PUT', OTHER_TOPIC, {}),
  'create one with an invalid name': step('PUT', `${P}/topics/1`, {}),
  'create one with a reserved name': step('PUT', `${P}/topics/googone`, {}),
  'create one with a retention': step('PUT', `${P}/topics/kept`, {
    messageRetentionDuration: '600s',
  }),
  'create one with a retention that is too short': step('PUT', `${P}/topics/short`, {
    messageRetentionDuration: '599s',
  }),
  'get a topic': step('GET', TOPIC),
  'get a topic that does not exist': step('GET', `${P}/topics/missing`),
  'list topics': step('GET', `${P}/topics`),
  'list topics page by page': step('GET', `${P}/topics?pageSize=1`),
  'list topics of an empty project': step('GET', 'projects/empty/topics'),
  'list with an invalid page size': step('GET', `${P}/topics?pageSize=-1`),
  'update the labels of a topic': step('PATCH', TOPIC, {
    topic: { name: TOPIC, labels: { team: 'shipping' } },
    updateMask: 'labels',
  }),
  'update a topic without a mask': step('PATCH', TOPIC, { topic: {} }),
  'update the name of a topic': step('PATCH', TOPIC, { topic: {}, updateMask: 'name' }),
  'update an unknown field of a topic': step('PATCH', TOPIC, { topic: {}, updateMask: 'colour' }),
  'create a subscription': step('PUT', SUB, { topic: TOPIC, ackDeadlineSeconds: 30 }),
  'create a subscription again': step('PUT', SUB, { topic: TOPIC }),
  'create one of a missing topic': step('PUT', `${P}/subscriptions/lost`, {
    topic: `${P}/topics/missing`,
  }),
  'create one without a topic': step('PUT', `${P}/subscriptions/lost`, {}),
  'create one with a deadline that is too short': step('PUT', `${OTHER}/subscriptions/hasty`, {
    topic: OTHER_TOPIC,
    ackDeadlineSeconds: 9,
  }),
  'create one with a deadline that is too long': step('PUT', `${OTHER}/subscriptions/slow`, {
    topic: OTHER_TOPIC,
    ackDeadlineSeconds: 601,
  }),
  'create one with a retention of 5 minutes': step('PUT', `${OTHER}/subscriptions/forgetful`, {
    topic: OTHER_TOPIC,
    messageRetentionDuration: '300s',
  }),
  'create one with too few delivery attempts': step('PUT', `${OTHER}/subscriptions/impatient`, {
    topic: OTHER_TOPIC,
    deadLetterPolicy: { deadLetterTopic: TOPIC, maxDeliveryAttempts: 4 },
  }),
  'create one with all settings': step('PUT', `${P}/subscriptions/full`, {
    topic: TOPIC,
    labels: { a: 'b' },
    messageRetentionDuration: '1200s',
    retainAckedMessages: true,
    expirationPolicy: { ttl: '86400s' },
    retryPolicy: { minimumBackoff: '1s', maximumBackoff: '2s' },
    deadLetterPolicy: { deadLetterTopic: TOPIC, maxDeliveryAttempts: 7 },
    enableMessageOrdering: true,
  }),
  'create one with a filter': step('PUT', `${P}/subscriptions/filtered`, {
    topic: TOPIC,
    filter: 'attributes:kind',
  }),
  'create one with an invalid filter': step('PUT', `${OTHER}/subscriptions/picky`, {
    topic: OTHER_TOPIC,
    filter: 'attributes.kind ~ "x"',
  }),
  'get a subscription': step('GET', SUB),
  'get a subscription that does not exist': step('GET', `${P}/subscriptions/missing`),
  'list subscriptions': step('GET', `${P}/subscriptions`),
  'list subscriptions of a topic': step('GET', `${TOPIC}/subscriptions`),
  'update the deadline of a subscription': step('PATCH', SUB, {
    subscription: { ackDeadlineSeconds: 60 },
    updateMask: 'ackDeadlineSeconds',
  }),
  'update the topic of a subscription': step('PATCH', SUB, {
    subscription: { topic: TOPIC },
    updateMask: 'topic',
  }),
  'publish messages': step('POST', `${TOPIC}:publish`, messages('one', 'two')),
  'publish nothing': step('POST', `${TOPIC}:publish`, { messages: [] }),
  'publish an empty message': step('POST', `${TOPIC}:publish`, { messages: [{}] }),
  'publish to a topic that does not exist': step('POST', `${P}/topics/none:publish`, messages('a')),
  'publish attributes alone': step('POST', `${TOPIC}:publish`, withAttribute('kind')),
  'publish the trace context': step(
    'POST',
    `${OTHER_TOPIC}:publish`,
    withAttribute('googclient_traceparent'),
  ),
  'publish a reserved attribute': step('POST', `${OTHER_TOPIC}:publish`, withAttribute('googx')),
  'publish an attribute without a name': step('POST', `${OTHER_TOPIC}:publish`, withAttribute('')),
  'publish an attribute with a long name': step(
    'POST',
    `${OTHER_TOPIC}:publish`,
    withAttribute('k'.repeat(257)),
  ),
  'publish data that is not base64': step('POST', `${TOPIC}:publish`, {
    messages: [{ data: '!' }],
  }),
  'publish an unknown field': step('POST', `${TOPIC}:publish`, { ...messages('a'), colour: 'red' }),
  'pull messages': step('POST', `${SUB}:pull`, PULL),
  'pull through a filter': step('POST', `${P}/subscriptions/filtered:pull`, PULL),
  'pull no messages': step('POST', `${SUB}:pull`, { maxMessages: 0 }),
  'pull from a subscription that does not exist': step(
    'POST',
    `${P}/subscriptions/none:pull`,
    PULL,
  ),
  'extend the deadlines': step('POST', `${SUB}:modifyAckDeadline`, (earlier) => ({
    ackIds: ackIdsOf(earlier['pull messages']),
    ackDeadlineSeconds: 60,
  })),
  'extend a deadline too far': step('POST', `${SUB}:modifyAckDeadline`, (earlier) => ({
    ackIds: ackIdsOf(earlier['pull messages']),
    ackDeadlineSeconds: 601,
  })),
  'give messages back': step('POST', `${SUB}:modifyAckDeadline`, (earlier) => ({
    ackIds: ackIdsOf(earlier['pull messages']),
    ackDeadlineSeconds: 0,
  })),
  'pull them again': step('POST', `${SUB}:pull`, PULL),
  'acknowledge messages': step('POST', `${SUB}:acknowledge`, (earlier) => ({
    ackIds: ackIdsOf(earlier['pull them again']),
  })),
  'acknowledge them again': step('POST', `${SUB}:acknowledge`, (earlier) => ({
    ackIds: ackIdsOf(earlier['pull them again']),
  })),
  'acknowledge nothing': step('POST', `${SUB}:acknowledge`, { ackIds: [] }),
  'acknowledge what is not an ack id': step('POST', `${SUB}:acknowledge`, { ackIds: ['x'] }),
  'pull when nothing is left': step('POST', `${SUB}:pull`, PULL),
  'create a snapshot': step('PUT', `${P}/snapshots/before`, { subscription: SUB }),
  'create a snapshot again': step('PUT', `${P}/snapshots/before`, { subscription: SUB }),
  'get a snapshot': step('GET', `${P}/snapshots/before`),
  'list snapshots': step('GET', `${P}/snapshots`),
  'list snapshots of a topic': step('GET', `${TOPIC}/snapshots`),
  'publish after the snapshot': step('POST', `${TOPIC}:publish`, messages('three')),
  'pull it': step('POST', `${SUB}:pull`, PULL),
  'acknowledge it': step('POST', `${SUB}:acknowledge`, (earlier) => ({
    ackIds: ackIdsOf(earlier['pull it']),
  })),
  'seek to the snapshot': step('POST', `${SUB}:seek`, { snapshot: `${P}/snapshots/before` }),
  'pull it once more': step('POST', `${SUB}:pull`, PULL),
  'seek to a snapshot that does not exist': step('POST', `${SUB}:seek`, {
    snapshot: `${P}/snapshots/none`,
  }),
  'seek to nothing': step('POST', `${SUB}:seek`, {}),
  'seek into the future': step('POST', `${SUB}:seek`, { time: '2100-01-01T00:00:00Z' }),
  'pull after a seek into the future': step('POST', `${SUB}:pull`, PULL),
  'delete a snapshot': step('DELETE', `${P}/snapshots/before`),
  'detach a subscription': step('POST', `${P}/subscriptions/full:detach`),
  'get the detached subscription': step('GET', `${P}/subscriptions/full`),
  'pull from the detached subscription': step('POST', `${P}/subscriptions/full:pull`, PULL),
  'set a push endpoint': step('POST', `${SUB}:modifyPushConfig`, {
    pushConfig: { pushEndpoint: 'http://127.0.0.1:1/push' },
  }),
  'pull from a push subscription': step('POST', `${SUB}:pull`, PULL),
  'set a push endpoint that is not a URL': step('POST', `${SUB}:modifyPushConfig`, {
    pushConfig: { pushEndpoint: 'nowhere' },
  }),
  'list no schemas': step('GET', `${P}/schemas`),
  'create a schema': step('POST', `${P}/schemas?schemaId=order`, {
    type: 'AVRO',
    definition: AVRO,
  }),
  'create a schema again': step('POST', `${P}/schemas?schemaId=order`, {
    type: 'AVRO',
    definition: AVRO,
  }),
  'create an invalid schema': step('POST', `${P}/schemas?schemaId=invalid`, {
    type: 'AVRO',
    definition: '{',
  }),
  'create a protocol buffer schema': step('POST', `${P}/schemas?schemaId=proto`, {
    type: 'PROTOCOL_BUFFER',
    definition: 'syntax = "proto3"; message Order { string id = 1; }',
  }),
  'get a schema': step('GET', `${P}/schemas/order`),
  'get a schema briefly': step('GET', `${P}/schemas/order?view=BASIC`),
  'get a revision': step('GET', (earlier) => {
    return `${P}/schemas/order@${earlier['create a schema'].revisionId}`;
  }),
  'get a revision that does not exist': step('GET', `${P}/schemas/order@00000000`),
  'delete the only revision': step('DELETE', (earlier) => {
    return `${P}/schemas/order@${earlier['create a schema'].revisionId}:deleteRevision`;
  }),
  'validate a message': step('POST', `${P}/schemas:validateMessage`, {
    name: `${P}/schemas/order`,
    encoding: 'JSON',
    message: base64('{"id": "7"}'),
  }),
  'validate a message that does not fit': step('POST', `${P}/schemas:validateMessage`, {
    name: `${P}/schemas/order`,
    encoding: 'JSON',
    message: base64('{"id": 7}'),
  }),
  'create a topic with a schema': step('PUT', `${P}/topics/checked`, {
    schemaSettings: { schema: `${P}/schemas/order`, encoding: 'JSON' },
  }),
  'create a topic with a missing schema': step('PUT', `${P}/topics/unchecked`, {
    schemaSettings: { schema: `${P}/schemas/none`, encoding: 'JSON' },
  }),
  'publish what fits': step('POST', `${P}/topics/checked:publish`, messages('{"id": "7"}')),
  'publish what does not fit': step('POST', `${P}/topics/checked:publish`, messages('{"id": 7}')),
  'delete the schema': step('DELETE', `${P}/schemas/order`),
  'get the topic of a deleted schema': step('GET', `${P}/topics/checked`),
  'publish to the topic of a deleted schema': step(
    'POST',
    `${P}/topics/checked:publish`,
    messages('{"id": "7"}'),
  ),
  'get the policy of a topic': step('GET', `${TOPIC}:getIamPolicy`),
  'test permissions': step('POST', `${TOPIC}:testIamPermissions`, {
    permissions: ['pubsub.topics.get'],
  }),
  'delete a topic': step('DELETE', TOPIC),
  'get the subscription of a deleted topic': step('GET', SUB),
  'delete a subscription': step('DELETE', SUB),
  'delete a subscription again': step('DELETE', SUB),
};

const TOPICS = 'https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics';
const SETTINGS = 'https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions';
const ATTRIBUTES = 'https://cloud.google.com/pubsub/docs/publisher#using_attributes';
const IAM = 'https://cloud.google.com/pubsub/docs/access-control';
const DETACH = 'https://cloud.google.com/pubsub/docs/detach-subscriptions';
const FILTERS = 'https://cloud.google.com/pubsub/docs/subscription-message-filter';
const ERRORS = 'https://cloud.google.com/pubsub/docs/reference/error-codes';
const CODES = 'https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto';

/** Where the two differ: what Google's emulator does, and the documentation that decides. */
const DIFFERENCES: Record<string, string> = {
  'list with an invalid page size': `Google's takes it; ${ERRORS}`,
  'update the labels of a topic': `Google's refuses it; ${TOPICS}/patch`,
  'create one with a deadline that is too short': `Google's takes it; ${SETTINGS}`,
  'create one with too few delivery attempts': `Google's says OUT_OF_RANGE; ${CODES}`,
  'create one with an invalid filter': `Google's takes it; ${FILTERS}`,
  'pull through a filter': `Google's does not filter; ${FILTERS}`,
  'publish a reserved attribute': `Google's takes it; ${ATTRIBUTES}`,
  'publish an attribute without a name': `Google's takes it; ${ATTRIBUTES}`,
  'publish an attribute with a long name': `Google's takes it; ${ATTRIBUTES}`,
  'extend a deadline too far': `Google's takes it; ${SETTINGS}/modifyAckDeadline`,
  'detach a subscription': `Google's cannot; ${DETACH}`,
  'get the detached subscription': `Google's cannot; ${DETACH}`,
  'pull from the detached subscription': `Google's cannot; ${DETACH}`,
  'pull from a push subscription': `Google's lets it; ${ERRORS}`,
  'create a protocol buffer schema':
    "Google's cannot; https://cloud.google.com/pubsub/docs/schemas",
  'get the policy of a topic': `Google's cannot; ${IAM}`,
  'test permissions': `Google's cannot; ${IAM}`,
};

describe("The Pub/Sub emulator and Google's emulator", () => {
  let google: GooglePubSubEmulator | undefined;
  let emulator: PubSubEmulator | undefined;
  const answers: Record<'google' | 'own', Record<string, Json>> = { google: {}, own: {} };

  before(async function () {
    this.timeout(120_000);
    const jar = googlePubSubEmulatorJar();
    if (!jar) skipSuite(this, "Google's emulator or Java is not installed");
    emulator = await startPubSubEmulator();
    google = await startGooglePubSubEmulator(jar);
    answers.own = await answersOf(restCaller(emulator.host));
    answers.google = await answersOf(restCaller(google.host));
  });

  after(() => Promise.all([google?.close(), emulator?.close()]));

  for (const title of Object.keys(STEPS)) {
    const difference = DIFFERENCES[title];
    it(`${title}${difference ? ` (differently: ${difference})` : ''}`, () => {
      if (difference) expect(answers.own[title]).to.not.deep.equal(answers.google[title]);
      else expect(answers.own[title]).to.deep.equal(answers.google[title]);
    });
  }
});

/** The normalised responses to all steps. */
async function answersOf(call: RestCall): Promise<Record<string, Json>> {
  const responses: Record<string, Json> = {};
  const normalised: Record<string, Json> = {};
  for (const [title, { method, path, body }] of Object.entries(STEPS)) {
    const { status, json } = await call(
      method,
      typeof path === 'function' ? path(responses) : path,
      typeof body === 'function' ? body(responses) : body,
    );
    responses[title] = json;
    normalised[title] = normalise(json.error ? { status, error: json.error.status } : json);
  }
  return normalised;
}

/**
 * Without what each emulator makes up, and in a fixed order. Also without what Google's leaves out,
 * although it is documented as output: the state, and the expiration policy if it is the default.
 */
function normalise(json: Json): Json {
  const text = JSON.stringify(json, (key, value) => {
    if (key === 'state') return undefined;
    if (key === 'expirationPolicy' && value.ttl === '2678400s') return undefined;
    if (/^(messageId|ackId|revisionId|\w+Time|nextPageToken|etag)$/.test(key)) return `<${key}>`;
    if (key === 'googclient_schemarevisionid') return '<revision>';
    if (key === 'messageIds') return value.length;
    if (['topics', 'subscriptions', 'receivedMessages'].includes(key))
      return [...value].sort(byText);
    return value;
  });
  return JSON.parse(text);
}

function byText(a: Json, b: Json): number {
  const data = (item: Json) => item.name ?? item.message?.data ?? String(item);
  return data(a) < data(b) ? -1 : 1;
}
