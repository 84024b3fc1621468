import { expect } from 'chai';
import { sharedFolder } from 'iex-test/support/shared-folder';

describe('a folder that the processes of a run share', () => {
  it('is made once, even if it is needed twice at the same time', async () => {
    let made = 0;
    const make = async () => {
      made++;
    };
    const [first, second] = await Promise.all([
      sharedFolder('made-once', make),
      sharedFolder('made-once', make),
    ]);
    expect(first).to.equal(second);
    expect(made).to.equal(1);
  });

  it('fails for all who need it if it could not be made', async () => {
    for (let i = 0; i < 2; i++) {
      const error = await sharedFolder('failing', async () => {
        throw new Error('no space left');
      }).catch((error) => error);
      expect(error.message).to.match(/^failing was not made: Error: no space left/);
    }
  });
});
