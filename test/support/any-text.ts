import fc from 'fast-check';

const codePoint = fc
  .integer({ min: 0, max: 0x10ffff })
  .filter((point) => point < 0xd800 || point > 0xdfff)
  .map((point) => String.fromCodePoint(point));

/**
 * Any text of whole code points. fast-check's own unit `binary` makes a map of all code points
 * first, which takes more than a second.
 */
export const anyText = fc.oneof(fc.string(), fc.string({ unit: codePoint }));
