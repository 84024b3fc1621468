import { expect } from 'chai';
import { MAX_DEAD_LETTER_PAYLOAD, makeDeadLetter, parseMessage } from 'iex-dataflow';

describe('a dead letter', () => {
  const deadLetterOf = (payload: Buffer) => {
    const parsed = parseMessage(payload, undefined);
    if ('quote' in parsed) throw new Error('accepted');
    return parsed.deadLetter;
  };

  it('keeps a payload of up to 65,536 characters whole', () => {
    const text = 'é'.repeat(MAX_DEAD_LETTER_PAYLOAD);
    const { payload, reason } = deadLetterOf(Buffer.from(text));
    expect(payload).to.equal(text);
    expect(reason).not.to.match(/cut/);
  });

  it('cuts a longer one and says how long it was, at each stage', () => {
    const long = 'x'.repeat(MAX_DEAD_LETTER_PAYLOAD);
    const notUtf8 = Buffer.alloc(60_000, 0xff);
    for (const [bytes, stage] of [
      [Buffer.from(`${long}x`), 'parse'],
      [Buffer.from(`{"symbol":"${long}"}`), 'validate'],
      [notUtf8, 'decode'],
    ] as const) {
      const deadLetter = deadLetterOf(bytes);
      expect(deadLetter.stage).to.equal(stage);
      expect(deadLetter.payload).to.have.length(MAX_DEAD_LETTER_PAYLOAD);
      expect(deadLetter.reason).to.match(
        new RegExp(`payload of ${bytes.length} bytes, cut after 65536 characters`),
      );
    }
    expect(notUtf8.toString('base64').startsWith(deadLetterOf(notUtf8).payload)).to.equal(true);
  });

  it('is never cut inside a character', () => {
    const text = `${'x'.repeat(MAX_DEAD_LETTER_PAYLOAD - 1)}🚀`;
    const { payload } = makeDeadLetter('write', text, 'no', Buffer.byteLength(text));
    expect(payload).to.equal('x'.repeat(MAX_DEAD_LETTER_PAYLOAD - 1));
  });
});
