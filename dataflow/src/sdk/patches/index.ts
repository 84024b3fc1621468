/**
 * Repairs of the Beam SDK that every process needs, each with its reason. Workers need more: see
 * `../worker.ts`.
 */

// Before the SDK is loaded.
import './node';
import './pubsub';
import './unknown-fields';
import './artifacts';
import './metrics';
import './par-do';
