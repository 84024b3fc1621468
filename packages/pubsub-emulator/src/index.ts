/**
 * A Pub/Sub emulator: Google Cloud Pub/Sub over its own gRPC and REST protocols, both on one port, in process and in
 * memory.
 *
 * It has topics, subscriptions, publish, pull, streaming pull, push to HTTP endpoints, ack deadlines, retry and
 * dead-letter policies, and message retention. It keeps `retainAckedMessages`, `expirationPolicy` and labels as
 * configuration without acting on them. What it does not have (seek, snapshots, schemas, filters, ordering,
 * exactly-once delivery, push without the wrapper or with authentication, subscriptions that write to other
 * products, ...) it refuses with UNIMPLEMENTED.
 */
export { type PubSubEmulator, PubSubEmulatorStartError, startPubSubEmulator } from './server.js';
