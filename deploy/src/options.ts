import { resolve } from 'node:path';
import { parseFlags, UsageError } from 'iex-cli';
import { PLACE_FLAGS, placeOf } from './place.js';

export const HELP = `Usage: node deploy.mjs --project P [options]

Builds and uploads the functions and the Dataflow templates, shows what Terraform would change, asks, applies exactly
that, and waits until the Dataflow jobs are running. With window_engine = "bigquery" there are no templates and no jobs.
The buckets must exist: node bootstrap/bootstrap.mjs --project P creates them.

  --project P        ID of the project to deploy to
  --region R         region of everything (default europe-west2)
  --var-file F       file with Terraform variables; can be repeated, later files override earlier ones
  --plan-only        show what would change; upload nothing and change nothing
  --save-plan        keep the plan in the state bucket, show its ID, and apply nothing
  --apply-plan ID    apply exactly the plan that --save-plan kept, without a question; build nothing
  --yes              do not ask
  --no-wait          do not wait until the Dataflow jobs are running
  --skip-templates   keep the Dataflow templates that were deployed last; needs no Java, Maven or Python
  --worker-image I   container image for the steps of the Dataflow workers, instead of the SDK's
  --lock-timeout T   how long to wait while another deployment holds the state's lock (default 5m)
  --store-token      store the quote API's token, which it asks for or reads from standard input, and deploy nothing else
  --destroy          show what would be destroyed, ask for the project ID, and destroy it
  --state-bucket B   bucket of Terraform's state (default P-iex-stream-state)
  --code-bucket B    bucket of the code (default P-iex-stream-code)
  --help             show this text

Exit code: 0 on success, 1 on failure, 2 if called wrongly, 130 on Ctrl-C. The first Ctrl-C stops in order: it waits for
Terraform, which releases its lock. A second Ctrl-C kills it.`;

/**
 * Reads the command line of deploy.mjs.
 *
 * @param args without the program's own name
 * @returns undefined if only help is wanted
 * @throws {UsageError}
 */
export function readOptions(args: readonly string[]) {
  const { values } = parseFlags(args, {
    ...PLACE_FLAGS,
    'var-file': { type: 'string', multiple: true, default: [] },
    'plan-only': { type: 'boolean', default: false },
    'save-plan': { type: 'boolean', default: false },
    'apply-plan': { type: 'string' },
    yes: { type: 'boolean', default: false },
    'no-wait': { type: 'boolean', default: false },
    'skip-templates': { type: 'boolean', default: false },
    'worker-image': { type: 'string' },
    'lock-timeout': { type: 'string', default: '5m' },
    'store-token': { type: 'boolean', default: false },
    destroy: { type: 'boolean', default: false },
    help: { type: 'boolean' },
  });
  if (values.help) return undefined;
  checkPurposes(values);
  if (!/^\d+[smh]$/.test(values['lock-timeout'])) {
    throw new UsageError(
      `--lock-timeout takes a duration such as 90s or 5m, not '${values['lock-timeout']}'`,
    );
  }
  return {
    ...placeOf(values),
    /** Absolute paths. */
    varFiles: values['var-file'].map((file) => resolve(file)),
    planOnly: values['plan-only'],
    savePlan: values['save-plan'],
    /** The ID of a saved plan. */
    applyPlan: readPlanId(values['apply-plan']),
    yes: values.yes,
    noWait: values['no-wait'],
    skipTemplates: values['skip-templates'],
    workerImage: values['worker-image'],
    /** A number with its unit, `s`, `m` or `h`. */
    lockTimeout: values['lock-timeout'],
    storeToken: values['store-token'],
    destroy: values.destroy,
  };
}

export type Options = NonNullable<ReturnType<typeof readOptions>>;

/** The flags that say what to do instead of planning, asking and applying. */
const PURPOSES = ['plan-only', 'save-plan', 'apply-plan', 'store-token'] as const;

/** The flags that shape a plan, which a saved plan contains. */
const PLANNING = ['destroy', 'skip-templates', 'var-file', 'worker-image'] as const;

type Values = Readonly<Partial<Record<string, unknown>>>;

function checkPurposes(values: Values): void {
  const isGiven = (name: string) =>
    Array.isArray(values[name]) ? values[name].length > 0 : Boolean(values[name]);
  const [purpose, other] = PURPOSES.filter(isGiven);
  if (purpose && other) throw new UsageError(`--${purpose} cannot be combined with --${other}`);
  if ((purpose === 'store-token' || purpose === 'save-plan') && isGiven('destroy')) {
    throw new UsageError(`--${purpose} cannot be combined with --destroy`);
  }
  const shape = PLANNING.find(isGiven);
  if (purpose === 'apply-plan' && shape) {
    throw new UsageError(`--apply-plan cannot be combined with --${shape}: the plan contains it`);
  }
}

function readPlanId(id: string | undefined): string | undefined {
  if (id !== undefined && !/^[0-9a-f]{64}$/.test(id)) {
    throw new UsageError(`--apply-plan takes the ID that --save-plan showed, not '${id}'`);
  }
  return id;
}
