/** The Beam SDK, mended. All of the package imports it from here. */
import './mends';

export * from 'apache-beam';
export { requireForSerialization } from 'apache-beam/serialization';
