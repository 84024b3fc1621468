import { expect } from 'chai';
import { toTimestamp } from 'iex-pubsub-emulator/protocol/messages';
import { toPushRequest } from 'iex-pubsub-emulator/push/request';
import { message, pushTo, subscriptionRequest } from '../fixtures.js';

const NOW = Date.UTC(2026, 10, 22, 9, 0, 10, 123);
const ENDPOINT = 'http://127.0.0.1:8080/push';

function request(settings: object, attributes: Record<string, string> = {}, orderingKey = '') {
  const data = Buffer.from([0, 255]);
  const publishTime = toTimestamp(NOW);
  const pushed = message({ data, attributes, messageId: '7', publishTime, orderingKey });
  const pushConfig = { ...pushTo(ENDPOINT), ...settings };
  return toPushRequest(pushed, subscriptionRequest({ pushConfig }), NOW);
}

describe('toPushRequest', () => {
  it('wraps the message in JSON by default', () => {
    const { headers, body } = request({});
    expect(headers).to.deep.equal({ 'content-type': 'application/json' });
    expect(JSON.parse(String(body)).message).to.include({ data: 'AP8=', messageId: '7' });
  });

  it('sends the data alone without the wrapper', () => {
    const { headers, body } = request({ noWrapper: { writeMetadata: false } }, { a: 'b' });
    expect(headers).to.deep.equal({});
    expect(body).to.deep.equal(Buffer.from([0, 255]));
  });

  it('adds metadata and attributes as headers if asked to', () => {
    const attributes = { 'Content-Type': 'image/png', symbol: 'AAPL' };
    expect(
      request({ noWrapper: { writeMetadata: true } }, attributes, 'key').headers,
    ).to.deep.equal({
      ...attributes,
      'x-goog-pubsub-subscription-name': 'projects/shop/subscriptions/billing',
      'x-goog-pubsub-message-id': '7',
      'x-goog-pubsub-publish-time': '2026-11-22T09:00:10.123Z',
      'x-goog-pubsub-ordering-key': 'key',
    });
  });

  it('leaves out attributes that are not headers, or that would break the request', () => {
    const attributes = { 'a b': '1', line: 'a\r\nb', Host: 'elsewhere', 'content-length': '9' };
    const { headers } = request({ noWrapper: { writeMetadata: true } }, attributes, 'a\nb');
    expect(Object.keys(headers)).to.deep.equal([
      'x-goog-pubsub-subscription-name',
      'x-goog-pubsub-message-id',
      'x-goog-pubsub-publish-time',
    ]);
  });

  const claimsOf = (oidcToken: object) => {
    const { headers } = request({ oidcToken });
    const [, header = '', claims = '', signature] =
      /^Bearer ([^.]+)\.([^.]+)\.(.*)$/.exec(headers.authorization ?? '') ?? [];
    expect(JSON.parse(String(Buffer.from(header, 'base64url')))).to.include({ alg: 'none' });
    expect(signature).to.equal('');
    return JSON.parse(String(Buffer.from(claims, 'base64url')));
  };

  it('carries an ID token with the claims of the service', () => {
    const serviceAccountEmail = 'push@shop.iam.gserviceaccount.com';
    expect(claimsOf({ serviceAccountEmail, audience: 'orders' })).to.deep.include({
      aud: 'orders',
      email: serviceAccountEmail,
      email_verified: true,
      exp: Math.floor(NOW / 1000) + 3600,
      iat: Math.floor(NOW / 1000),
      iss: 'https://accounts.google.com',
    });
    expect(claimsOf({ serviceAccountEmail, audience: '' })).to.include({ aud: ENDPOINT });
  });
});
