import { expect } from 'chai';
import {
  isProjectName,
  isResourceName,
  projectId,
  resourceId,
} from 'iex-pubsub-emulator/protocol/resource-names';

describe('isResourceName', () => {
  const longest = 'a'.repeat(255);
  for (const id of ['abc', longest, 'a.b_c~d+e%f-1', 'A12']) {
    it(`accepts ${id.slice(0, 20)}`, () => {
      expect(isResourceName('topics', `projects/shop/topics/${id}`)).to.equal(true);
    });
  }

  for (const id of ['', 'ab', `${longest}a`, '1abc', 'a bc', 'a/bc', 'goog-abc', 'abcé']) {
    it(`refuses "${id.slice(0, 20)}"`, () => {
      expect(isResourceName('topics', `projects/shop/topics/${id}`)).to.equal(false);
    });
  }

  it('requires a full name in the right collection', () => {
    for (const name of ['orders', 'topics/orders', 'projects//topics/orders', '']) {
      expect(isResourceName('topics', name), name).to.equal(false);
    }
    expect(isResourceName('subscriptions', 'projects/shop/topics/orders')).to.equal(false);
    expect(isResourceName('subscriptions', 'projects/shop/subscriptions/orders')).to.equal(true);
  });
});

describe('parts of resource names', () => {
  it('are found', () => {
    expect(resourceId('projects/shop/topics/orders')).to.equal('orders');
    expect(projectId('projects/shop/topics/orders')).to.equal('shop');
    expect(isProjectName('projects/shop')).to.equal(true);
    expect(isProjectName('projects/')).to.equal(false);
    expect(isProjectName('projects/shop/topics')).to.equal(false);
  });
});
