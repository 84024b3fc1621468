/** A parsed filter of a subscription, on the attributes of messages. */
export type Filter =
  | { readonly operator: 'has'; readonly key: string }
  | { readonly operator: 'equals'; readonly key: string; readonly value: string }
  | { readonly operator: 'hasPrefix'; readonly key: string; readonly prefix: string }
  | { readonly operator: 'not'; readonly operand: Filter }
  | { readonly operator: 'and' | 'or'; readonly operands: readonly Filter[] };

/** Whether a message with these attributes is delivered. */
export function matches(filter: Filter, attributes: Readonly<Record<string, string>>): boolean {
  const read = (key: string) => (Object.hasOwn(attributes, key) ? attributes[key] : undefined);
  switch (filter.operator) {
    case 'has':
      return read(filter.key) !== undefined;
    case 'equals':
      return read(filter.key) === filter.value;
    case 'hasPrefix':
      return read(filter.key)?.startsWith(filter.prefix) ?? false;
    case 'not':
      return !matches(filter.operand, attributes);
    case 'and':
      return filter.operands.every((operand) => matches(operand, attributes));
    case 'or':
      return filter.operands.some((operand) => matches(operand, attributes));
  }
}
