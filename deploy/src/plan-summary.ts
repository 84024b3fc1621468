/** The changes of a plan of Terraform, for the user to read. */
import { type EngineSwitch, engineSwitchOf } from './engine-switch.js';
import { lossesOf } from './losses.js';
import { type Kind, MARKS, type Plan, type ResourceChange } from './plan.js';

export interface Summary {
  /** Whether there is anything to apply. */
  hasChanges: boolean;
  /** Whether all resources that Terraform knows are deleted. */
  deletesAll: boolean;
  counts: string;
  /** A line for each resource that changes. */
  changes: string[];
  /** Data that is lost for good. */
  losses: string[];
  /** What becomes of the quotes, if the plan switches the window engine. */
  engineSwitch: EngineSwitch | undefined;
  /** Resources that Terraform would refuse to delete. */
  protectedAddresses: string[];
  /** Warnings of the configuration's checks. */
  warnings: string[];
}

const KINDS = Object.keys(MARKS) as Kind[];

type Change = ResourceChange & { kind: Kind };

export function summarize(plan: Plan): Summary {
  const resources = plan.resource_changes ?? [];
  const changes = resources.flatMap((change): Change[] => {
    const kind = kindOf(change.change.actions);
    return kind ? [{ ...change, kind }] : [];
  });
  const ofKind = (kind: Kind) => changes.filter((change) => change.kind === kind);
  const managed = resources.filter(({ mode }) => mode !== 'data');
  const outputs = Object.values(plan.output_changes ?? {}).some(
    ({ actions }) => !actions.includes('no-op'),
  );
  return {
    hasChanges: plan.applyable ?? (changes.length > 0 || outputs),
    deletesAll:
      managed.length > 0 && managed.every(({ change }) => kindOf(change.actions) === 'destroy'),
    counts: KINDS.toReversed()
      .map((kind) => ({ kind, count: ofKind(kind).length }))
      .filter(({ kind, count }) => count > 0 || kind !== 'forget')
      .map(({ kind, count }) => `${count} to ${kind}`)
      .join(', '),
    changes: KINDS.flatMap((kind) => ofKind(kind).map(lineOf)),
    losses: changes.flatMap((change) => lossesOf(change, change.kind)),
    engineSwitch: engineSwitchOf(resources),
    protectedAddresses: [...ofKind('destroy'), ...ofKind('replace')]
      .filter(({ change }) => change.before?.deletion_protection === true)
      .map(({ address }) => address),
    warnings: (plan.checks ?? [])
      .filter(({ status }) => status === 'fail' || status === 'error')
      .flatMap(({ instances = [] }) => instances.flatMap(({ problems = [] }) => problems))
      .map(({ message }) => message.replaceAll(/\s+/g, ' ').trim()),
  };
}

/** @returns undefined if nothing changes */
function kindOf(actions: readonly string[]): Kind | undefined {
  const [action] = actions;
  if (actions.length > 1) return 'replace';
  if (action === 'delete') return 'destroy';
  if (action === 'update') return 'change';
  return action === 'create' || action === 'forget' ? action : undefined;
}

function lineOf({ kind, address, change }: Change): string {
  const line = `${MARKS[kind]} ${address}`;
  if (kind === 'change') return `${line}  (${changedFields(change).join(', ')})`;
  const causes = (change.replace_paths ?? []).map((path) => path.join('.'));
  return kind === 'replace' && causes.length > 0
    ? `${line}  (because of ${causes.join(', ')})`
    : line;
}

/** The fields whose values differ, or are only known after the change. */
function changedFields({ before, after, after_unknown: unknown }: ResourceChange['change']) {
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
const hasTrue = (value: unknown): boolean =>
  value === true ||
  (typeof value === 'object' && value !== null && Object.values(value).some(hasTrue));
