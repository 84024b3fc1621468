import { expect } from 'chai';
import fc from 'fast-check';
import { MalformedEventError, readEvent } from 'iex-function/event';
import { cloudEvent, cloudEventOfText, PUBLISH_TIME } from './events.js';

describe('readEvent', () => {
  it('reads a Pub/Sub CloudEvent', () => {
    const event = cloudEvent(
      { ticker: 'AAPL' },
      { messageId: '7', attributes: { tick_id: '3' }, traceparent: '00-a-b-01' },
    );
    expect(readEvent(event)).to.deep.equal({
      id: '7',
      publishTime: PUBLISH_TIME,
      attributes: { tick_id: '3' },
      payload: { ticker: 'AAPL' },
      traceparent: '00-a-b-01',
    });
  });

  it('reads a push envelope that the framework has not converted', () => {
    const { data } = cloudEvent({ ticker: 'AAPL' });
    expect(readEvent(data).payload).to.deep.equal({ ticker: 'AAPL' });
  });

  it('accepts a message without attributes and publish time', () => {
    const data = Buffer.from('1').toString('base64');
    for (const publishTime of [undefined, null, '', 'soon']) {
      const event = { data: { message: { data, messageId: '7', publishTime } } };
      expect(readEvent(event)).to.include({ id: '7', publishTime: undefined });
    }
  });

  it("takes the trace of the message's publisher if the delivery has none", () => {
    const attributes = { googclient_traceparent: '00-c-d-01' };
    expect(readEvent(cloudEvent({}, { attributes })).traceparent).to.equal('00-c-d-01');
  });

  for (const [what, event] of Object.entries({
    nothing: undefined,
    'a text': 'hello',
    'an object without a message': { data: {} },
    'a message without an id': { data: { message: { data: 'MQ==' } } },
    'a message without data': { data: { message: { messageId: '7' } } },
    'data that is not a string': { data: { message: { data: 1, messageId: '7' } } },
    'data that is not JSON': cloudEventOfText('{"ticker":'),
    'empty data': cloudEventOfText(''),
  })) {
    it(`refuses ${what}`, () => {
      expect(() => readEvent(event)).to.throw(MalformedEventError);
    });
  }

  it('never quotes the data in its message', () => {
    expect(() => readEvent(cloudEventOfText('s3cret'))).to.throw(/^((?!s3cret).)*$/);
  });

  it('either reads or refuses any event', () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.record({ data: fc.record({ message: fc.anything() }) }),
      fc.record({ data: fc.record({ message: fc.dictionary(fc.string(), fc.anything()) }) }),
      fc.string().map((text) => cloudEventOfText(text)),
    );
    fc.assert(
      fc.property(anything, (event) => {
        try {
          readEvent(event);
        } catch (error) {
          expect(error).to.be.instanceOf(MalformedEventError);
        }
      }),
    );
  });
});
