/** The ways to divide the resolutions among jobs, as Terraform's variable `dataflow_layout` has them. */
export const LAYOUTS = ['per_resolution', 'single'] as const;
export type Layout = (typeof LAYOUTS)[number];

/** A Dataflow job. Its name is also its template's and its subscription's, as in `infrastructure/dataflow.tf`. */
export interface Job {
  name: string;
  /** Lengths of its sliding windows, in minutes. */
  resolutions: readonly number[];
}

export function jobsOf(layout: Layout, resolutions: readonly number[]): Job[] {
  if (layout === 'single') return [{ name: 'iex-aggregate', resolutions }];
  return resolutions.map((minutes) => ({
    name: `iex-aggregate-${minutes}`,
    resolutions: [minutes],
  }));
}
