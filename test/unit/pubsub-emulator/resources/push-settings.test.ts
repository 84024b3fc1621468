import { expect } from 'chai';
import type { PushConfig } from 'iex-pubsub-emulator/protocol/messages';
import { toPushConfig } from 'iex-pubsub-emulator/resources/push-settings';
import { pushTo } from '../fixtures.js';

describe('toPushConfig', () => {
  it('makes a pull subscription of one without an endpoint', () => {
    expect(toPushConfig(null)).to.deep.equal(pushTo(''));
    expect(toPushConfig(pushTo(''))).to.deep.equal(pushTo(''));
  });

  const accepted: [string, PushConfig][] = [
    ['an HTTP endpoint', pushTo('http://127.0.0.1:8080/push')],
    ['the default envelope', { ...pushTo('http://h/'), pubsubWrapper: {} }],
    ['push without the wrapper', { ...pushTo('http://h/'), noWrapper: { writeMetadata: true } }],
    [
      'push with a token',
      { ...pushTo('http://h/'), oidcToken: { serviceAccountEmail: 'a@b.iam', audience: '' } },
    ],
    [
      'the current envelope version',
      { pushEndpoint: 'http://h/', attributes: { 'x-goog-version': 'v1' } },
    ],
  ];
  for (const [what, config] of accepted) {
    it(`accepts ${what}`, () => {
      expect(toPushConfig(config)).to.deep.equal(config);
    });
  }

  it('keeps the version of the envelope unless it is changed', () => {
    const version = (value: string) => ({ attributes: { 'x-goog-version': value } });
    const current = { pushEndpoint: 'http://h/', ...version('v1') };
    expect(toPushConfig(null, current)).to.deep.equal({ pushEndpoint: '', ...version('v1') });
    expect(toPushConfig(pushTo('http://i/'), current)).to.deep.equal({
      pushEndpoint: 'http://i/',
      ...version('v1'),
    });
    const changed = { pushEndpoint: 'http://h/', ...version('v1beta2') };
    expect(toPushConfig(changed, current)).to.deep.equal(changed);
  });

  const invalid = {
    'an endpoint that is no URL': '127.0.0.1/push',
    'an endpoint that is not HTTP': 'ftp://127.0.0.1/push',
  };
  for (const [what, endpoint] of Object.entries(invalid)) {
    it(`refuses ${what}`, () => {
      expect(() => toPushConfig(pushTo(endpoint)))
        .to.throw('Invalid')
        .with.property('code', 3);
    });
  }

  it('refuses a token without a service account', () => {
    const oidcToken = { serviceAccountEmail: '', audience: 'http://h/' };
    expect(() => toPushConfig({ ...pushTo('http://h/'), oidcToken }))
      .to.throw('service account')
      .with.property('code', 3);
  });

  const unimplemented: [string, PushConfig][] = [
    ['push attributes', { pushEndpoint: 'http://h/', attributes: { 'x-goog-version': 'v1beta1' } }],
  ];
  for (const [feature, config] of unimplemented) {
    it(`refuses ${feature} as unimplemented`, () => {
      expect(() => toPushConfig(config))
        .to.throw(feature)
        .with.property('code', 12);
    });
  }
});
