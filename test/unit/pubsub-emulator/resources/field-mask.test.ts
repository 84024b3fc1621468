import { expect } from 'chai';
import { applyFieldMask } from 'iex-pubsub-emulator/resources/field-mask';

describe('applyFieldMask', () => {
  const current = { name: 'old', ackDeadlineSeconds: 10, labels: { a: '1' } };
  const update = { name: 'new', ackDeadlineSeconds: 20, labels: {} };

  it('takes the named fields and keeps the others', () => {
    const mask = { paths: ['ack_deadline_seconds'] };
    expect(applyFieldMask(current, update, mask, [])).to.deep.equal({
      name: 'old',
      ackDeadlineSeconds: 20,
      labels: { a: '1' },
    });
    expect(current.ackDeadlineSeconds).to.equal(10);
  });

  it('clears a named field that the update leaves empty', () => {
    expect(applyFieldMask(current, update, { paths: ['labels'] }, []).labels).to.deep.equal({});
  });

  it('refuses an empty mask, unknown fields and fixed ones', () => {
    const fixed = ['name'] as const;
    expect(() => applyFieldMask(current, update, null, fixed)).to.throw('non-empty');
    expect(() => applyFieldMask(current, update, { paths: [] }, fixed)).to.throw('non-empty');
    for (const path of [
      'colour',
      'ackDeadlineSeconds',
      'labels.a',
      '',
      'constructor',
      '__proto__',
    ]) {
      expect(() => applyFieldMask(current, update, { paths: [path] }, fixed), path)
        .to.throw('not a field')
        .with.property('code', 3);
    }
    expect(() => applyFieldMask(current, update, { paths: ['name'] }, fixed)).to.throw(
      'cannot be changed',
    );
  });
});
