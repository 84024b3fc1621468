import type { FieldMask } from '../protocol/messages.js';
import { invalidArgument } from '../protocol/status.js';

/**
 * `current` with the fields that `mask` names taken from `update`. Paths are in snake_case and name
 * whole fields; REST converts those in camelCase, which JSON has.
 *
 * @throws {PubSubError} INVALID_ARGUMENT if the mask is empty, or names a field that is unknown or
 *   `fixed`
 */
export function applyFieldMask<T extends object>(
  current: T,
  update: T,
  mask: FieldMask | null,
  fixed: readonly string[],
): T {
  if (!mask || mask.paths.length === 0) {
    throw invalidArgument('The update_mask in the request must be set and non-empty.');
  }
  const result = { ...current };
  for (const path of mask.paths) {
    const field = toCamelCase(path);
    if (/[A-Z]/.test(path) || !isFieldOf(update, field)) {
      throw invalidArgument(`Invalid update_mask: "${path}" is not a field.`);
    }
    if (fixed.includes(field)) {
      throw invalidArgument(`Invalid update_mask: "${path}" cannot be changed.`);
    }
    result[field] = update[field];
  }
  return result;
}

function toCamelCase(path: string): string {
  return path.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

function isFieldOf<T extends object>(record: T, field: string): field is keyof T & string {
  return Object.hasOwn(record, field);
}
