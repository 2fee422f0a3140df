import { didYouMean, nearest } from "../base/mod.ts";
import type { Dataset } from "./dataset.ts";
import { DATASETS } from "./dataset_table.ts";
import { toLayout } from "./layout.ts";

/** What a prefix of the bucket means. */
export interface PrefixMeaning {
  /** The dataset that all keys under the prefix belong to, if there is one. */
  dataset?: Dataset;
  /** The year in the prefix, four digits. */
  year?: string;
  /** The month in the prefix, two digits. */
  month?: string;
  /** Why no known dataset has keys under the prefix, and what there is instead. */
  problem?: string;
}

/**
 * Reads a prefix such as `us_stocks_sip/day_aggs_v1/2024/` by the table of datasets. The
 * bucket may hold more than the table lists.
 *
 * @param prefix The beginning of a key, in either layout.
 * @returns The dataset, year and month in it, or what is wrong with it.
 *
 * @example
 * ```ts
 * import { readPrefix } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   readPrefix("global_crypto/quotes_v1").problem,
 *   "there is no dataset global_crypto/quotes_v1; global_crypto has day_aggs_v1, minute_aggs_v1 and trades_v1",
 * );
 * ```
 */
export function readPrefix(prefix: string): PrefixMeaning {
  const live = toLayout(prefix, "live");
  const [root = "", folder = "", year = "", month = ""] = live.split("/");
  const known = DATASETS.filter(({ prefix }) => prefix.startsWith(live));
  if (live === "" || known.length > 0 && folder === "") return {};
  const ofRoot = DATASETS.filter(({ prefix }) => prefix.startsWith(`${root}/`));
  if (ofRoot.length === 0) {
    const roots = new Set(
      DATASETS.map(({ prefix }) => prefix.replace(/\/.*/, "")),
    );
    return {
      problem: `there is no dataset under ${root}${
        didYouMean(nearest(root, roots)) ||
        `; datasets are under ${listed([...roots])}`
      }`,
    };
  }
  const dataset = ofRoot.find(({ prefix }) => prefix === `${root}/${folder}`);
  if (dataset === undefined) {
    if (known.length > 0) return {};
    const folders = ofRoot.map(({ prefix }) => prefix.slice(root.length + 1));
    return {
      problem: `there is no dataset ${root}/${folder}; ${root} has ${
        listed(folders)
      }`,
    };
  }
  return {
    dataset,
    ...(/^\d{4}$/.test(year) && { year }),
    ...(/^\d{4}$/.test(year) && /^(0[1-9]|1[0-2])$/.test(month) && { month }),
  };
}

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2
    ? last
    : `${names.slice(0, -1).join(", ")} and ${last}`;
}
