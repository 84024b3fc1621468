import { invalidArgument } from '../protocol/status.js';

// https://cloud.google.com/pubsub/docs/labels#requirements
const MAX_LABELS = 64;
const KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{M}\p{N}_-]{0,62}$/u;
const VALUE = /^[\p{Ll}\p{Lo}\p{M}\p{N}_-]{0,63}$/u;

/** @throws {PubSubError} INVALID_ARGUMENT unless the service would take these labels */
export function checkLabels(labels: Readonly<Record<string, string>>): void {
  const entries = Object.entries(labels);
  if (entries.length > MAX_LABELS) {
    throw invalidArgument(
      `Invalid labels: there are ${entries.length}, but the maximum is ${MAX_LABELS}.`,
    );
  }
  for (const [key, value] of entries) {
    if (!KEY.test(key)) {
      throw invalidArgument(
        `Invalid label key "${key}": 1 to 63 lower-case letters, digits, "_" and "-" are allowed, a letter first.`,
      );
    }
    if (!VALUE.test(value)) {
      throw invalidArgument(
        `Invalid label value "${value}": up to 63 lower-case letters, digits, "_" and "-" are allowed.`,
      );
    }
  }
}
