import { createStore, useStore } from "./store.ts";

/** Where the page is: `#/day/stocks_daily/2024-01-02?ticker=AAPL`. */
export interface Route {
  /** The view: `day`. */
  view: string;
  /** What follows it: `["stocks_daily", "2024-01-02"]`. */
  parts: string[];
  /** What follows the question mark. */
  query: URLSearchParams;
}

const route = createStore(readRoute(location.hash));

globalThis.addEventListener(
  "hashchange",
  () => route.set(readRoute(location.hash)),
);

/** What an address says of where the page is; `coverage` where it says nothing. */
export function readRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [view = "", ...parts] = path.split("/").map(decode);
  return { view: view || "coverage", parts, query: new URLSearchParams(query) };
}

/** A text of the address as it was; itself where somebody has typed something impossible. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of a view, for a link: `hrefOf("day", ["stocks_daily", "2024-01-02"])`. */
export function hrefOf(
  view: string,
  parts: readonly string[] = [],
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const path = [view, ...parts].map(encodeURIComponent).join("/");
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [[name, value]]
  );
  const search = new URLSearchParams(given).toString();
  return `#/${path}${search && `?${search}`}`;
}

/** Goes to a view, as a link would. */
export function goTo(href: string): void {
  location.hash = href;
}

/** Notes in the address how the view is set, without a step in the history. */
export function replaceRoute(href: string): void {
  history.replaceState(null, "", href);
}

/** Where the page is, drawn again when that changes. */
export function useRoute(): Route {
  return useStore(route);
}
