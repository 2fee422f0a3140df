import { quote, ServiceError } from "../base/mod.ts";
import type { ListPage } from "./listing.ts";

/** How many keys S3 puts on a page at most. */
const MAX_PAGE_KEYS = 1000;
/** How many pages in a row may be empty: a service may have to filter. */
const MAX_EMPTY_PAGES = 100;

/**
 * Follows a listing from page to page, and refuses one that would never end.
 *
 * @param listed What is listed, for errors: the prefix, or the bucket.
 * @param limit How many objects are listed at most.
 * @param ask Asks for the page of a continuation token, with so many keys at most.
 * @throws {ServiceError} If the service repeats pages, or sends empty ones without end.
 */
export async function* listPages(
  listed: string,
  limit: number,
  ask: (token: string | undefined, maxKeys: number) => Promise<ListPage>,
): AsyncGenerator<ListPage> {
  const refuse = (what: string) =>
    new ServiceError(`Cannot list ${quote(listed)}: ${what}`, { key: listed });
  const tokens = new Set<string>();
  const firstKeys = new Set<string>();
  let emptyPages = 0;
  let left = limit;
  let token: string | undefined;
  do {
    const page = await ask(token, Math.min(left, MAX_PAGE_KEYS));
    const key = page.objects[0]?.key ?? page.folders[0];
    if (key !== undefined && firstKeys.has(key)) {
      throw refuse(`the service lists ${quote(key)} again`);
    }
    if (key !== undefined) firstKeys.add(key);
    emptyPages = key === undefined ? emptyPages + 1 : 0;
    yield { ...page, objects: page.objects.slice(0, left) };
    left -= page.objects.length;
    token = page.nextToken;
    if (token === undefined) return;
    if (tokens.has(token)) {
      throw refuse("the service repeats a continuation token");
    }
    if (emptyPages === MAX_EMPTY_PAGES) {
      throw refuse(`${emptyPages} pages in a row hold nothing`);
    }
    tokens.add(token);
  } while (left > 0);
}
