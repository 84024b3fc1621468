import { expect } from 'chai';
import { applyFieldMask } from 'iex-pubsub-emulator/resources/field-mask';
import { pushTo, seconds, subscriptionRequest, topicRequest } from '../fixtures.js';

describe('applyFieldMask', () => {
  const current = subscriptionRequest({ ackDeadlineSeconds: 10, labels: { a: '1' } });
  const update = subscriptionRequest({ ackDeadlineSeconds: 20, labels: {} });

  function apply<T extends object>(from: T, to: T, paths: string[], fixed: string[] = []) {
    return applyFieldMask('Subscription', from, to, { paths }, fixed);
  }

  it('takes the named fields and keeps the others', () => {
    expect(apply(current, update, ['ack_deadline_seconds'])).to.deep.equal({
      ...current,
      ackDeadlineSeconds: 20,
    });
    expect(current.ackDeadlineSeconds).to.equal(10);
  });

  it('clears a named field that the update leaves empty', () => {
    expect(apply(current, update, ['labels']).labels).to.deep.equal({});
  });

  describe('with fields inside messages', () => {
    const schemaSettings = {
      schema: 'projects/p/schemas/s',
      encoding: 'JSON',
      firstRevisionId: '1',
      lastRevisionId: '2',
    };
    const validated = topicRequest({ schemaSettings });
    const plain = topicRequest({});

    it('takes those and keeps the others of the message', () => {
      const changed = { ...validated, schemaSettings: { ...schemaSettings, encoding: 'BINARY' } };
      const mask = { paths: ['schema_settings.encoding', 'schema_settings.first_revision_id'] };
      expect(applyFieldMask('Topic', validated, changed, mask, [])).to.deep.equal(changed);
    });

    it('sets a message that was not set, with the defaults of its other fields', () => {
      const mask = { paths: ['schema_settings.schema'] };
      const result = applyFieldMask('Topic', plain, validated, mask, []);
      expect(result.schemaSettings).to.deep.equal({
        schema: schemaSettings.schema,
        encoding: 'ENCODING_UNSPECIFIED',
        firstRevisionId: '',
        lastRevisionId: '',
      });
    });

    it('clears one that the update does not set', () => {
      const mask = { paths: ['schema_settings.last_revision_id'] };
      const result = applyFieldMask('Topic', validated, plain, mask, []);
      expect(result.schemaSettings).to.deep.equal({ ...schemaSettings, lastRevisionId: '' });
      expect(applyFieldMask('Topic', plain, plain, mask, [])).to.deep.equal(plain);
    });

    it('replaces the alternative that was set before', () => {
      const wrapped = { ...current, pushConfig: { ...pushTo('http://h/'), pubsubWrapper: {} } };
      const noWrapper = { writeMetadata: true };
      const unwrapped = { ...current, pushConfig: { ...pushTo('http://other/'), noWrapper } };
      const { pushConfig } = apply<object & { pushConfig: object }>(wrapped, unwrapped, [
        'push_config.no_wrapper',
      ]);
      expect(pushConfig).to.deep.equal({ ...pushTo('http://h/'), noWrapper });
    });

    it('reaches every depth', () => {
      const policy = (minimum: number, maximum: number) => ({
        ...current,
        retryPolicy: { minimumBackoff: seconds(minimum), maximumBackoff: seconds(maximum) },
      });
      expect(
        apply(policy(1, 2), policy(3, 4), ['retry_policy.maximum_backoff.seconds']),
      ).to.deep.equal(policy(1, 4));
    });
  });

  it('refuses an empty mask, unknown fields and fixed ones', () => {
    expect(() => applyFieldMask('Subscription', current, update, null, [])).to.throw('non-empty');
    expect(() => apply(current, update, [])).to.throw('non-empty');
    for (const path of [
      'colour',
      'ackDeadlineSeconds',
      'labels.a',
      'push_config.attributes.x-goog-version',
      'push_config.pushEndpoint',
      'push_config.',
      'push_config.colour',
      'name.length',
      '',
      'constructor',
      '__proto__',
    ]) {
      expect(() => apply(current, update, [path]), path)
        .to.throw('not a field')
        .with.property('code', 3);
    }
    for (const path of ['name', 'analytics_hub_subscription_info.listing']) {
      expect(() => apply(current, update, [path], ['name', 'analyticsHubSubscriptionInfo']))
        .to.throw('cannot be changed')
        .with.property('code', 3);
    }
  });
});
