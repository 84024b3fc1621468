import { errorBody, GoogleStub, type StubRequest } from './google-stub.js';

interface Policy {
  version?: number;
  etag?: string;
  bindings?: { role: string; members: string[]; condition?: { expression: string } }[];
}

type Answer = readonly [status: number, body: object];

/** The number of the project. */
export const NUMBER = '123456789012';

/**
 * A project with the APIs that manage accounts, policies and Workload Identity Federation, in
 * memory, and GitHub's API for one repository. It checks what Google checks: a policy's etag, the
 * version of a policy with conditions, and that an account exists before it gets a role.
 */
export class GoogleProject {
  readonly accounts = new Set<string>();
  readonly policies = new Map<string, Policy>();
  /** Pools and providers, by their path. */
  readonly federation = new Map<string, Record<string, unknown>>();
  readonly enabled = new Set<string>();
  /** Requests that would change something. */
  readonly changes: string[] = [];
  /** Refuses requests for which it returns a status. */
  failWith: (operation: string) => number | undefined = () => undefined;
  /** Called before a policy is written. */
  beforeWrite: (resource: string) => void = () => undefined;
  #stub: GoogleStub | undefined;

  static async start(): Promise<GoogleProject> {
    const project = new GoogleProject();
    project.#stub = await GoogleStub.start((request) => project.#answer(request));
    return project;
  }

  get env(): NodeJS.ProcessEnv {
    const url = this.#stub?.url;
    return {
      GOOGLE_OAUTH_ACCESS_TOKEN: 'test-token',
      GOOGLE_IAM_CUSTOM_ENDPOINT: `${url}/`,
      GOOGLE_RESOURCE_MANAGER_V3_CUSTOM_ENDPOINT: `${url}/`,
      GOOGLE_SERVICE_USAGE_CUSTOM_ENDPOINT: `${url}/`,
      GOOGLE_STORAGE_CUSTOM_ENDPOINT: `${url}/`,
      GITHUB_API_URL: `${url}/github`,
      GH_TOKEN: '',
      GITHUB_TOKEN: '',
    };
  }

  async close(): Promise<void> {
    await this.#stub?.close();
  }

  /** The roles of a member on a resource, each with its condition. */
  rolesOf(resource: string, member: string): string[] {
    const { bindings = [] } = this.policies.get(resource) ?? {};
    return bindings
      .filter(({ members }) => members.includes(member))
      .map(({ role, condition }) => (condition ? `${role} if ${condition.expression}` : role))
      .sort();
  }

  #answer({ operation, body }: StubRequest): Answer {
    const status = this.failWith(operation);
    if (status) return [status, errorBody(status, 'asked for by a test')];
    const [method = '', url = ''] = operation.split(' ');
    const { pathname, searchParams } = new URL(url, 'http://stub');
    const path = pathname.slice(1);
    if (path.startsWith('github/')) return this.#onGitHub(path.slice('github/repos/'.length));
    if (/[:/](get|set)IamPolicy$|^b\/.+\/iam$/.test(path))
      return this.#onPolicy(method, path, body);
    if (method !== 'GET') this.changes.push(`${method} ${path}`);
    if (path.includes('/services')) return this.#onServices(path, body);
    if (path.includes('/serviceAccounts')) return this.#onAccounts(method, path, body);
    return this.#onFederation(method, path, searchParams, body as Record<string, unknown>);
  }

  #onGitHub(name: string): Answer {
    return name === 'octo/quotes'
      ? [200, { full_name: 'Octo/quotes', id: 4711, owner: { id: 42 } }]
      : [404, { message: 'Not Found' }];
  }

  #onServices(path: string, body: unknown): Answer {
    if (path.endsWith(':batchEnable')) {
      for (const id of (body as { serviceIds: string[] }).serviceIds) this.enabled.add(id);
      return [200, { name: 'operations/noop.DONE_OPERATION', done: true }];
    }
    return [200, { parent: `projects/${NUMBER}` }];
  }

  #onAccounts(method: string, path: string, body: unknown): Answer {
    if (method === 'POST') {
      const { accountId } = body as { accountId: string };
      if (this.accounts.has(accountId)) return [409, errorBody(409, 'already exists')];
      this.accounts.add(accountId);
      return [200, {}];
    }
    const [, id = ''] = /\/([^/]+)@/.exec(path) ?? [];
    return this.accounts.has(id) ? [200, {}] : [404, errorBody(404, `Unknown account ${id}`)];
  }

  #onPolicy(method: string, path: string, body: unknown): Answer {
    const resource = path.replace(/:[gs]etIamPolicy$|\/iam$/, '');
    const found = this.policies.get(resource) ?? { etag: '0' };
    const isRead = path.endsWith(':getIamPolicy') || method === 'GET';
    if (isRead) return [200, found];
    this.beforeWrite(resource);
    const policy = path.endsWith(':setIamPolicy')
      ? (body as { policy: Policy }).policy
      : (body as Policy);
    const current = this.policies.get(resource) ?? found;
    if (policy.etag !== current.etag) return [409, errorBody(409, 'concurrent policy changes')];
    if (policy.version !== 3) return [400, errorBody(400, 'conditions need version 3')];
    for (const member of policy.bindings?.flatMap(({ members }) => members) ?? []) {
      const [, id] = /^serviceAccount:(.+)@test-project\./.exec(member) ?? [];
      if (id && !this.accounts.has(id)) return [400, errorBody(400, `${id} does not exist.`)];
    }
    this.changes.push(`policy of ${resource}`);
    this.policies.set(resource, { ...policy, etag: String(Number(current.etag) + 1) });
    return [200, {}];
  }

  #onFederation(
    method: string,
    path: string,
    query: URLSearchParams,
    body: Record<string, unknown>,
  ): Answer {
    const operation = { name: `${path}/operations/1` };
    if (path.endsWith('/operations/1')) return [200, { ...operation, done: true }];
    if (method === 'GET') {
      const found = this.federation.get(path);
      return found ? [200, found] : [404, errorBody(404, 'not found')];
    }
    const id = query.get('workloadIdentityPoolId') ?? query.get('workloadIdentityPoolProviderId');
    const target = id ? `${path}/${id}` : path;
    this.federation.set(target, { ...this.federation.get(target), ...body, state: 'ACTIVE' });
    return [200, operation];
  }
}
