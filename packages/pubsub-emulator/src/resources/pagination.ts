import type { PageRequest } from '../protocol/messages.js';
import { invalidArgument } from '../protocol/status.js';

/** Also the default; the service has the same. */
const MAX_PAGE_SIZE = 1_000;

/**
 * One page of `items`, in the order of their names. A page token is the last name of the page
 * before, so that items that are created or deleted between two calls neither repeat nor hide any
 * others.
 *
 * @throws {PubSubError} INVALID_ARGUMENT for a negative page size
 */
export function paginate<T>(
  items: Iterable<T>,
  nameOf: (item: T) => string,
  { pageSize, pageToken }: PageRequest,
): { page: T[]; nextPageToken: string } {
  if (pageSize < 0) throw invalidArgument(`Invalid page size: ${pageSize}.`);
  const rest = [...items]
    .filter((item) => nameOf(item) > pageToken)
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const page = rest.slice(0, Math.min(pageSize || MAX_PAGE_SIZE, MAX_PAGE_SIZE));
  const last = page.at(-1);
  const isLastPage = page.length === rest.length;
  return { page, nextPageToken: last === undefined || isLastPage ? '' : nameOf(last) };
}
