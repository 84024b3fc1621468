/**
 * Access to Google Cloud, as the same user as Terraform's. Google's libraries are loaded when they
 * are needed: loading takes longer than anything else that a command does before it fails or shows
 * its help.
 */
import type { Storage } from '@google-cloud/storage';
import type { AuthClient } from 'google-auth-library';
import { OperationalError } from 'iex-cli';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** How long the token of an impersonated account is valid; it is renewed. */
const TOKEN_SECONDS = 3600;

/**
 * The services that are called without a client library, and the variable with which Terraform's
 * provider moves each.
 */
const SERVICES = {
  iam: ['https://iam.googleapis.com/v1/', 'GOOGLE_IAM_CUSTOM_ENDPOINT'],
  projects: [
    'https://cloudresourcemanager.googleapis.com/v3/',
    'GOOGLE_RESOURCE_MANAGER_V3_CUSTOM_ENDPOINT',
  ],
  serviceUsage: ['https://serviceusage.googleapis.com/v1/', 'GOOGLE_SERVICE_USAGE_CUSTOM_ENDPOINT'],
  storage: ['https://storage.googleapis.com/storage/v1/', 'GOOGLE_STORAGE_CUSTOM_ENDPOINT'],
  dataflow: ['https://dataflow.googleapis.com/v1b3/', 'GOOGLE_DATAFLOW_CUSTOM_ENDPOINT'],
  secretManager: [
    'https://secretmanager.googleapis.com/v1/',
    'GOOGLE_SECRET_MANAGER_CUSTOM_ENDPOINT',
  ],
} as const;

/** The error of a request whose response has an HTTP status of 400 or more. */
export class ApiError extends OperationalError {
  override name = 'ApiError';
  readonly status: number;

  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/**
 * Credentials in the order in which Terraform's provider looks for them
 * (https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference):
 * `GOOGLE_OAUTH_ACCESS_TOKEN`, else application default credentials; and for either,
 * `GOOGLE_IMPERSONATE_SERVICE_ACCOUNT`.
 *
 * @throws {OperationalError} if there are none
 */
async function authenticate(): Promise<AuthClient> {
  const source = await sourceClient();
  const account = process.env.GOOGLE_IMPERSONATE_SERVICE_ACCOUNT;
  if (!account) return source;
  const { Impersonated } = await import('google-auth-library');
  const endpoint = process.env.GOOGLE_IAM_CREDENTIALS_CUSTOM_ENDPOINT?.replace(/\/v1\/?$/, '');
  return new Impersonated({
    sourceClient: source,
    targetPrincipal: account,
    targetScopes: [SCOPE],
    lifetime: TOKEN_SECONDS,
    ...(endpoint && { endpoint }),
  });
}

async function sourceClient(): Promise<AuthClient> {
  const { GoogleAuth, OAuth2Client } = await import('google-auth-library');
  const token = process.env.GOOGLE_OAUTH_ACCESS_TOKEN;
  if (token) {
    const client = new OAuth2Client();
    client.setCredentials({ access_token: token });
    return client;
  }
  // The search for credentials would wait seconds for an address that only Google's machines have;
  // the client can also recognise these machines by their firmware.
  process.env.METADATA_SERVER_DETECTION ??= 'bios-only';
  try {
    return await new GoogleAuth({ scopes: SCOPE }).getClient();
  } catch (error) {
    throw new OperationalError(
      'No application default credentials: run gcloud auth application-default login',
      { cause: error },
    );
  }
}

/** Whether the environment names the user other than by application default credentials. */
const isNamed = () =>
  Boolean(process.env.GOOGLE_OAUTH_ACCESS_TOKEN || process.env.GOOGLE_IMPERSONATE_SERVICE_ACCOUNT);

/**
 * Opens a client of Cloud Storage. `STORAGE_EMULATOR_HOST` names another service than Google's,
 * which needs no credentials.
 *
 * @throws {OperationalError} if there are no credentials
 */
export async function openStorage(project: string): Promise<Storage> {
  const { Storage } = await import('@google-cloud/storage');
  const isEmulated = Boolean(process.env.STORAGE_EMULATOR_HOST);
  if (isEmulated && !isNamed()) return new Storage({ projectId: project });
  const authClient = await authenticate();
  return new Storage({ projectId: project, authClient, useAuthWithCustomEndpoint: isEmulated });
}

/** A client of one of Google's services. */
export interface Service {
  /**
   * Sends a request, and returns the response's body.
   *
   * @param path below the service's version, such as `projects/P/locations/R/jobs/J`
   * @param data the body
   * @param method by default POST with a body, and GET without
   * @throws {ApiError} if the service refuses
   */
  request<T>(path: string, data?: object, method?: 'PATCH' | 'PUT'): Promise<T>;
}

/** @throws {OperationalError} if there are no credentials */
export async function openService(name: keyof typeof SERVICES): Promise<Service> {
  const [defaultUrl, variable] = SERVICES[name];
  const url = process.env[variable] || defaultUrl;
  const client = await authenticate();
  return {
    async request<T>(path: string, data?: object, method?: 'PATCH' | 'PUT'): Promise<T> {
      try {
        const request = {
          url: new URL(path, url).href,
          method: method ?? (data ? 'POST' : 'GET'),
          ...(data && { data }),
        } as const;
        return (await client.request<T>(request)).data;
      } catch (error) {
        throw apiError(error);
      }
    },
  };
}

/**
 * Requests the resource at a path; undefined if there is none.
 *
 * @throws {ApiError} if the service refuses
 */
export async function findResource<T>(service: Service, path: string): Promise<T | undefined> {
  return await service.request<T>(path).catch((error) => {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  });
}

/** Converts a refusal to an error that the user can read, and returns any other error unchanged. */
function apiError(error: unknown): unknown {
  const { response, message } = error as {
    response?: { status: number; data?: { error?: { message?: string } } };
    message: string;
  };
  if (!response) return new ApiError(message, 0, { cause: error });
  const text = response.data?.error?.message ?? message;
  return new ApiError(text, response.status, { cause: error });
}
