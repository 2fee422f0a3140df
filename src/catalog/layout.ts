import { assertOneOf } from "../base/mod.ts";

/** Which name the options root bears: the documented one or the live bucket's. */
export type Layout = "documented" | "live";

/** The roots whose documented name differs from the live bucket's. Nothing else knows of them. */
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
 * A key, or a prefix that ends behind its root, under the name it has in a layout.
 * Everything else is returned as it is.
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
