import { FUNCTION_TIMEOUT_SECONDS } from './messages.js';
import {
  each,
  emailOf,
  FUNCTIONS,
  functionsOf,
  REPOSITORY_ID,
  type Specification,
} from './names.js';
import type { Settings } from './settings.js';

/** The maximum for one request to Alpaca's API: a message is one request for each quote. */
const MOST_SYMBOLS_OF_A_REQUEST = 100;

/** The functions, their image repository and the secret token of the quote API. */
export function functions(settings: Settings): Specification {
  return {
    ...each('google_cloudfunctions2_function.function', functionsOf(settings), (name) => ({
      name,
      description: {
        'iex-fan-out': /split.* iex-ingest/i,
        'iex-api': /quotes .*10 s/i,
      }[name],
      location: settings.region,
      build_config: {
        runtime: settings.function_runtime,
        entry_point: FUNCTIONS[name]!.entryPoint,
        docker_repository: REPOSITORY_ID,
        // Not the default account, which has many more roles.
        service_account: `projects/test-project/serviceAccounts/${emailOf('iex-build')}`,
        source: {
          storage_source: { bucket: settings.code_bucket, object: settings.function_object },
        },
      },
      service_config: {
        available_cpu: String(settings.function_cpu),
        available_memory: '256M',
        // Cloud Run allows one request at a time on less than one CPU.
        max_instance_request_concurrency:
          settings.function_cpu < 1 ? 1 : settings.function_concurrency,
        // An alarm is one message; two instances allow for a repeated one.
        max_instance_count: name === 'iex-fan-out' ? 2 : settings.function_max_instances,
        timeout_seconds: FUNCTION_TIMEOUT_SECONDS,
        // Requests of Pub/Sub count as internal.
        ingress_settings: 'ALLOW_INTERNAL_ONLY',
        all_traffic_on_latest_revision: true,
        service_account_email: emailOf(name),
        environment_variables: {
          ...environmentOf(name, settings),
          GOOGLE_CLOUD_PROJECT: settings.project_id,
          LOG_LEVEL: settings.log_level,
        },
        ...(name === 'iex-api' && settings.quote_api_token_version !== null
          ? {
              secret_environment_variables: {
                key: 'QUOTE_API_TOKEN',
                project_id: settings.project_id,
                secret: 'iex-quote-api-token',
                version: settings.quote_api_token_version,
              },
            }
          : {}),
      },
    })),

    'google_artifact_registry_repository.function': {
      repository_id: 'iex-functions',
      description: /images .*functions/i,
      location: settings.region,
      format: 'DOCKER',
      // The five newest images remain, whatever their age.
      cleanup_policies: [
        { id: 'delete-old', action: 'DELETE', condition: { older_than: `${30 * 86_400}s` } },
        { id: 'keep-recent', action: 'KEEP', most_recent_versions: { keep_count: 5 } },
      ],
    },

    'google_secret_manager_secret.quote_api_token': {
      secret_id: 'iex-quote-api-token',
      deletion_protection: settings.deletion_protection,
      // Like everything else, it stays in the region.
      replication: { user_managed: { replicas: { location: settings.region } } },
    },
  };
}

function environmentOf(name: string, settings: Settings): Record<string, string> {
  return name === 'iex-fan-out'
    ? {
        INGEST_TOPIC: FUNCTIONS[name]!.publishesTo,
        TICKERS_PER_MESSAGE: String(settings.tickers_per_message ?? MOST_SYMBOLS_OF_A_REQUEST),
      }
    : {
        AGGREGATE_TOPIC: FUNCTIONS[name]!.publishesTo,
        QUOTE_SOURCE: settings.quote_source,
        QUOTE_API_URL: settings.quote_api_url,
      };
}
