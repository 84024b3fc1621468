/**
 * Names of topics, subscriptions and jobs, as Terraform creates them (`infrastructure/pubsub.tf`,
 * `dataflow.tf`).
 */

/** The topics: one for the alarm, one for the tickers to request, one for the quotes. */
export const TOPICS = { fanOut: 'iex-fan-out', ingest: 'iex-ingest', aggregate: 'iex-aggregate' };

/**
 * The ways to divide the resolutions among jobs, as Terraform's variable `dataflow_layout` has
 * them.
 */
export const LAYOUTS = ['per_resolution', 'single'] as const;
export type Layout = (typeof LAYOUTS)[number];

/** A Dataflow job. Its subscription has the same name. */
export interface Job {
  name: string;
  /** Lengths of its sliding windows, in minutes. */
  resolutions: readonly number[];
}

/** The subscription that the pipeline of one resolution reads. */
export function aggregateSubscription(resolutionMinutes: number): string {
  return `${TOPICS.aggregate}-${resolutionMinutes}`;
}

/**
 * The jobs of a layout.
 *
 * @param resolutions lengths of the sliding windows, in minutes
 */
export function jobsOf(layout: Layout, resolutions: readonly number[]): Job[] {
  if (layout === 'single') return [{ name: TOPICS.aggregate, resolutions }];
  return resolutions.map((minutes) => ({
    name: aggregateSubscription(minutes),
    resolutions: [minutes],
  }));
}
