import { expect } from 'chai';
import {
  checkAckDeadline,
  checkDeadlineExtension,
} from 'iex-pubsub-emulator/subscriptions/ack-deadline';

describe('ack deadlines', () => {
  it('of subscriptions and streams are 10 to 600 s, 0 meaning 10', () => {
    expect([0, 10, 600].map(checkAckDeadline)).to.deep.equal([10, 10, 600]);
    for (const value of [-1, 1, 9, 601]) expect(() => checkAckDeadline(value)).to.throw('Invalid');
  });

  it('of messages are 0 to 600 s', () => {
    for (const value of [0, 1, 600]) expect(() => checkDeadlineExtension(value)).to.not.throw();
    for (const value of [-1, 601]) expect(() => checkDeadlineExtension(value)).to.throw('Invalid');
  });
});
