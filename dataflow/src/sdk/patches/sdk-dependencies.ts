import { createRequire } from 'node:module';

/**
 * Loads a module as the SDK loads it. The SDK may have another copy of a package that this
 * package has too, and a patch must reach the SDK's copy.
 */
export const requireAsSdk = createRequire(require.resolve('apache-beam'));
