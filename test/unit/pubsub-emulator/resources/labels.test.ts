import { expect } from 'chai';
import { checkLabels } from 'iex-pubsub-emulator/resources/labels';

// https://cloud.google.com/pubsub/docs/labels#requirements
describe('checkLabels', () => {
  const labels = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`key-${i}`, '']));

  const accepted: [string, Record<string, string>][] = [
    ['64 labels', labels(64)],
    ['the label that Terraform adds', { 'goog-terraform-provisioned': 'true' }],
    ['letters of other alphabets', { größe: 'みんな_1' }],
    ['keys and values of 63 characters', { ['k'.repeat(63)]: 'v'.repeat(63) }],
  ];
  for (const [what, allowed] of accepted) {
    it(`accepts ${what}`, () => {
      expect(() => checkLabels(allowed)).to.not.throw();
    });
  }

  const refused: [string, Record<string, string>][] = [
    ['65 labels', labels(65)],
    ['an upper-case key', { Team: 'quotes' }],
    ['an upper-case value', { team: 'Quotes' }],
    ['an empty key', { '': 'quotes' }],
    ['a key that begins with a digit', { '1st': '' }],
    ['a key that begins with a dash', { '-a': '' }],
    ['a key of 64 characters', { ['k'.repeat(64)]: '' }],
    ['a value of 64 characters', { key: 'v'.repeat(64) }],
    ['a value with a space', { key: 'a b' }],
  ];
  for (const [what, wrong] of refused) {
    it(`refuses ${what}`, () => {
      expect(() => checkLabels(wrong))
        .to.throw('Invalid label')
        .with.property('code', 3);
    });
  }
});
