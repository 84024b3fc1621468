import { each, functionsOf, hasJobs, type Specification } from './names.js';
import type { Settings } from './settings.js';

/** The APIs, each with its use. */
const APIS = {
  artifactregistry: "the functions' images",
  bigquery: 'tables and views',
  billingbudgets: 'the budget',
  cloudbuild: 'builds the functions',
  cloudfunctions: 'the functions',
  cloudresourcemanager: 'the project and its roles',
  cloudscheduler: 'the alarms',
  iam: 'service accounts',
  logging: 'the functions and jobs write logs',
  monitoring: 'alerts and the dashboard',
  pubsub: 'topics and subscriptions',
  run: 'the functions run on it',
  secretmanager: 'the token',
  storage: 'the code bucket',
};

/** The APIs of the Dataflow jobs. */
const JOB_APIS = {
  bigquerystorage: 'the workers write rows with it',
  compute: "Dataflow's workers",
  dataflow: 'the jobs',
};

/** APIs and service accounts. */
export function project(settings: Settings): Specification {
  const apis = Object.keys({ ...APIS, ...(hasJobs(settings) ? JOB_APIS : {}) }).map(
    (name) => `${name}.googleapis.com`,
  );
  return {
    ...each('google_project_service.service', apis, (service) => ({
      service,
      // Others in the project may use it too.
      disable_on_destroy: false,
    })),
    ...each('google_service_account.function', functionsOf(settings), (name) => ({
      account_id: name,
      display_name: new RegExp(`function.* ${name}$`, 'i'),
    })),
    'google_service_account.push': {
      account_id: 'iex-push',
      display_name: /push subscriptions/,
    },
    ...(hasJobs(settings)
      ? {
          'google_service_account.dataflow[0]': {
            account_id: 'iex-dataflow',
            display_name: /Dataflow workers/,
          },
        }
      : {}),
    'google_service_account.build': {
      account_id: 'iex-build',
      display_name: /Build/,
    },
  };
}
