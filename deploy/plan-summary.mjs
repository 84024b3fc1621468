/** What a plan of Terraform would do, for a person to read. */

/**
 * A change of a resource, of those fields that are used here.
 * https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
 *
 * @typedef {object} ResourceChange
 * @property {string} address
 * @property {string} type
 * @property {{
 *   actions: string[],
 *   before: Record<string, unknown> | null,
 *   after: Record<string, unknown> | null,
 *   after_unknown?: Record<string, unknown>,
 *   replace_paths?: (string | number)[][],
 * }} change
 */

/**
 * @typedef {object} Plan
 * @property {boolean} [applyable]
 * @property {ResourceChange[]} [resource_changes]
 * @property {Record<string, {actions: string[]}>} [output_changes]
 * @property {{status: string, instances?: {problems?: {message: string}[]}[]}[]} [checks]
 */

/**
 * @typedef {object} Summary
 * @property {boolean} hasChanges whether there is anything to apply
 * @property {string} counts
 * @property {string[]} changes a line for each resource
 * @property {string[]} losses what is lost for good
 * @property {string[]} protectedAddresses what Terraform would refuse to delete
 * @property {string[]} warnings of the configuration's checks
 */

/** How each kind of change is counted and marked. Changes are shown in this order, and counted in the reverse. */
const KINDS = {
  destroy: '-',
  replace: '±',
  change: '~',
  create: '+',
  forget: 'x',
};

/** What goes with a resource that is deleted. A job that is drained first writes what it has read. */
const LOST = {
  google_bigquery_dataset: () => 'all its tables',
  google_bigquery_table: ({ view }) => (view?.length > 0 ? undefined : 'its rows'),
  google_dataflow_job: ({ on_delete: onDelete }) =>
    onDelete === 'cancel'
      ? 'what it has read and not written (dataflow_on_delete = "cancel")'
      : undefined,
  google_pubsub_subscription: () => 'its messages',
  google_secret_manager_secret: () => 'all versions of its value',
};

/**
 * @param {Plan} plan
 * @returns {Summary}
 */
export function summarize(plan) {
  const changes = (plan.resource_changes ?? [])
    .map((change) => ({ ...change, kind: kindOf(change.change.actions) }))
    .filter(({ kind }) => kind !== undefined);
  const ofKind = (kind) => changes.filter((change) => change.kind === kind);
  const deletions = changes.filter(({ kind }) => kind === 'destroy' || kind === 'replace');
  const outputs = Object.values(plan.output_changes ?? {}).some(
    ({ actions }) => !actions.includes('no-op'),
  );
  return {
    hasChanges: plan.applyable ?? (changes.length > 0 || outputs),
    counts: Object.keys(KINDS)
      .reverse()
      .map((kind) => ({ kind, count: ofKind(kind).length }))
      .filter(({ kind, count }) => count > 0 || kind !== 'forget')
      .map(({ kind, count }) => `${count} to ${kind}`)
      .join(', '),
    changes: Object.keys(KINDS).flatMap((kind) => ofKind(kind).map(lineOf)),
    losses: deletions.flatMap(lossOf),
    protectedAddresses: deletions
      .filter(({ change }) => change.before?.deletion_protection === true)
      .map(({ address }) => address),
    warnings: (plan.checks ?? [])
      .filter(({ status }) => status === 'fail' || status === 'error')
      .flatMap(({ instances = [] }) => instances.flatMap(({ problems = [] }) => problems))
      .map(({ message }) => message.replaceAll(/\s+/g, ' ').trim()),
  };
}

/** @returns {keyof typeof KINDS | undefined} undefined where nothing is changed */
function kindOf(actions) {
  const [action] = actions;
  if (actions.length > 1) return 'replace';
  if (action === 'delete') return 'destroy';
  if (action === 'update') return 'change';
  return action === 'create' || action === 'forget' ? action : undefined;
}

function lineOf({ kind, address, change }) {
  const line = `${KINDS[kind]} ${address}`;
  if (kind === 'change') return `${line}  (${changedFields(change).join(', ')})`;
  const causes = (change.replace_paths ?? []).map((path) => path.join('.'));
  return kind === 'replace' && causes.length > 0
    ? `${line}  (because of ${causes.join(', ')})`
    : line;
}

/** The fields whose values differ, or are not known before it is done. */
function changedFields({ before, after, after_unknown: unknown }) {
  const names = new Set([before, after, unknown].flatMap((values) => Object.keys(values ?? {})));
  return [...names]
    .filter(
      (name) =>
        hasTrue(unknown?.[name]) ||
        JSON.stringify(before?.[name] ?? null) !== JSON.stringify(after?.[name] ?? null),
    )
    .sort();
}

/** Unknown values are marked by `true`, at any depth. */
const hasTrue = (value) =>
  value === true ||
  (typeof value === 'object' && value !== null && Object.values(value).some(hasTrue));

function lossOf({ address, type, kind, change }) {
  const lost = LOST[type]?.(change.before ?? {});
  return lost ? [`${address} (${kind}): ${lost}`] : [];
}
