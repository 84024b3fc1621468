/** What the Beam SDK needs mended before it is loaded, each with its reason. */
import util from 'node:util';

// serialize-closures, on which the SDK stands, calls it as it is loaded; Node.js 23 took it away, and 22 warns of it.
Object.assign(util, {
  isPrimitive: (value: unknown) =>
    value === null || (typeof value !== 'object' && typeof value !== 'function'),
});
