/** A plan of Terraform in JSON. */

/**
 * A change of a resource, with those fields that are used here:
 * https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
 */
export interface ResourceChange {
  address: string;
  /** `managed`, or `data`. */
  mode?: string;
  type: string;
  change: {
    actions: string[];
    before: Record<string, unknown> | null;
    after: Record<string, unknown> | null;
    after_unknown?: Record<string, unknown>;
    replace_paths?: (string | number)[][];
  };
}

/** A plan, with those fields that are used here. */
export interface Plan {
  /** The values that it was made with. */
  variables?: Record<string, { value?: unknown }>;
  applyable?: boolean;
  resource_changes?: ResourceChange[];
  output_changes?: Record<string, { actions: string[] }>;
  checks?: { status: string; instances?: { problems?: { message: string }[] }[] }[];
}

/** The mark of each kind of change. Changes are shown in this order, and counted in the reverse. */
export const MARKS = { destroy: '-', replace: '±', change: '~', create: '+', forget: 'x' } as const;

/** What happens to a resource. */
export type Kind = keyof typeof MARKS;
