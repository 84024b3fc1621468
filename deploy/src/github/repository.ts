import { OperationalError, UsageError } from 'iex-cli';

/** A repository on GitHub. Names can be taken over by others; numbers cannot. */
export interface Repository {
  /** OWNER/REPO. */
  name: string;
  id: number;
  ownerId: number;
}

/** @throws {UsageError} if it is not OWNER/REPO */
export function checkRepositoryName(name: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9-]*\/[\w.-]+$/.test(name)) {
    throw new UsageError(`--github takes OWNER/REPO, not '${name}'`);
  }
}

/**
 * Asks GitHub for the numbers of a repository. A private one needs a token in `GH_TOKEN` or
 * `GITHUB_TOKEN`.
 *
 * @param name OWNER/REPO
 * @throws {OperationalError} if GitHub does not know it or cannot be reached
 */
export async function findRepository(name: string): Promise<Repository> {
  const base = process.env.GITHUB_API_URL || 'https://api.github.com';
  const token = process.env.GH_TOKEN || process.env.GITHUB_TOKEN;
  const headers = {
    accept: 'application/vnd.github+json',
    ...(token && { authorization: `Bearer ${token}` }),
  };
  let response: Response;
  try {
    response = await fetch(`${base}/repos/${name}`, { headers });
  } catch (error) {
    throw new OperationalError(`GitHub cannot be reached at ${base}`, { cause: error });
  }
  if (response.status === 404 && !token) {
    throw new OperationalError(
      `GitHub has no public repository ${name}: if it is private, set GH_TOKEN (gh auth token shows one)`,
    );
  }
  if (!response.ok) {
    throw new OperationalError(`GitHub does not show ${name}: HTTP ${response.status}`);
  }
  const { full_name, id, owner } = (await response.json()) as {
    full_name: string;
    id: number;
    owner: { id: number };
  };
  return { name: full_name, id, ownerId: owner.id };
}
