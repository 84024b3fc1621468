import { each, functionsOf, type Specification } from './names.js';
import type { Settings } from './settings.js';

/** The APIs, each with its use. */
const APIS = {
  artifactregistry: "the functions' images",
  bigquery: 'tables and views',
  bigquerystorage: 'the workers write rows with it',
  billingbudgets: 'the budget',
  cloudbuild: 'builds the functions',
  cloudfunctions: 'the functions',
  cloudresourcemanager: 'the project and its roles',
  cloudscheduler: 'the alarms',
  compute: "Dataflow's workers",
  dataflow: 'the jobs',
  iam: 'service accounts',
  logging: 'the functions and jobs write logs',
  monitoring: 'alerts and the dashboard',
  pubsub: 'topics and subscriptions',
  run: 'the functions run on it',
  secretmanager: 'the token',
  storage: 'the code bucket',
};

/** APIs and service accounts. */
export function project(settings: Settings): Specification {
  const apis = Object.keys(APIS).map((name) => `${name}.googleapis.com`);
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
    'google_service_account.dataflow': {
      account_id: 'iex-dataflow',
      display_name: /Dataflow workers/,
    },
    'google_service_account.build': {
      account_id: 'iex-build',
      display_name: /Build/,
    },
  };
}
