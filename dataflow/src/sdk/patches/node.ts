import util from 'node:util';

/**
 * The SDK's serialize-closures calls `util.isPrimitive` while it is loaded. Node.js 23 removed that
 * function, and Node.js 22 warns about it.
 */
Object.assign(util, {
  isPrimitive: (value: unknown) =>
    value === null || (typeof value !== 'object' && typeof value !== 'function'),
});
