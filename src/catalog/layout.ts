import { assertOneOf } from "../base/mod.ts";

/** The name of the options root: `documented` is `us_options`, `live` is `us_options_opra`. */
export type Layout = "documented" | "live";

/** The roots whose documented name differs from the live bucket's; no other module names them. */
const ROOTS: readonly Readonly<Record<Layout, string>>[] = [
  { documented: "us_options/", live: "us_options_opra/" },
];

const LAYOUTS: readonly Layout[] = ["documented", "live"];

/**
 * Asserts that a value is a layout.
 *
 * @throws {TypeError} If it is not a string.
 * @throws {RangeError} If it is another string.
 */
export function assertLayout(layout: unknown): asserts layout is Layout {
  assertOneOf(layout, "layout", LAYOUTS);
}

/**
 * Rewrites the root of a key or prefix to its name in a layout. Any other text is
 * returned unchanged.
 *
 * @param key A key, or a prefix that holds at least its root and a slash.
 * @param layout The layout to rewrite it to.
 * @returns The key or prefix in that layout.
 *
 * @example
 * ```ts
 * import { toLayout } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(toLayout("us_options/trades_v1/", "live"), "us_options_opra/trades_v1/");
 * assertEquals(toLayout("us_stocks_sip/trades_v1/", "live"), "us_stocks_sip/trades_v1/");
 * ```
 */
export function toLayout(key: string, layout: Layout): string {
  for (const root of ROOTS) {
    for (const name of [root.documented, root.live]) {
      if (key.startsWith(name)) return root[layout] + key.slice(name.length);
    }
  }
  return key;
}
