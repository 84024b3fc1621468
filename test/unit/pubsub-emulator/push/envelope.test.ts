import { expect } from 'chai';
import { toTimestamp } from 'iex-pubsub-emulator/protocol/messages';
import { toPushEnvelope } from 'iex-pubsub-emulator/push/envelope';
import { message } from '../fixtures.js';

const SUBSCRIPTION = 'projects/shop/subscriptions/billing';
const publishTime = toTimestamp(Date.UTC(2026, 10, 22, 9, 0, 10, 123));

describe('toPushEnvelope', () => {
  it('wraps a message in the documented fields', () => {
    const envelope = toPushEnvelope(
      message({
        data: Buffer.from('{"ticker":"AAPL"}'),
        attributes: { quote_id: '7' },
        messageId: '1700000000000000',
        publishTime,
        orderingKey: 'AAPL',
      }),
      SUBSCRIPTION,
    );
    expect(JSON.parse(envelope)).to.deep.equal({
      message: {
        attributes: { quote_id: '7' },
        data: 'eyJ0aWNrZXIiOiJBQVBMIn0=',
        messageId: '1700000000000000',
        message_id: '1700000000000000',
        orderingKey: 'AAPL',
        publishTime: '2026-11-22T09:00:10.123Z',
        publish_time: '2026-11-22T09:00:10.123Z',
      },
      subscription: SUBSCRIPTION,
    });
  });

  it('leaves out empty fields', () => {
    const onlyData = JSON.parse(
      toPushEnvelope(message({ messageId: '1', publishTime }), SUBSCRIPTION),
    );
    expect(onlyData.message).to.not.have.any.keys('attributes', 'orderingKey');
    const onlyAttributes = JSON.parse(
      toPushEnvelope(
        message({ data: Buffer.alloc(0), attributes: { a: '' }, publishTime }),
        SUBSCRIPTION,
      ),
    );
    expect(onlyAttributes.message).to.not.have.property('data');
    expect(onlyAttributes.message.attributes).to.deep.equal({ a: '' });
  });

  it('has the delivery attempt when there is one', () => {
    const envelope = JSON.parse(toPushEnvelope(message({ publishTime }), SUBSCRIPTION, 3));
    expect(envelope.deliveryAttempt).to.equal(3);
  });
});
