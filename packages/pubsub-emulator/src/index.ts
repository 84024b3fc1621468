/**
 * An emulator of Google Cloud Pub/Sub over its own gRPC and REST protocols, both on one port, in
 * process and in memory. The README says what it has, and what it refuses.
 */
export { SeedError } from './seed/seed.js';
export {
  type PubSubEmulator,
  type PubSubEmulatorOptions,
  PubSubEmulatorStartError,
  startPubSubEmulator,
} from './server.js';
