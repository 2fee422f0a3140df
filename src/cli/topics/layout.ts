import { DATASETS, S3Catalog, toLayout } from "../../catalog/mod.ts";
import type { Section } from "./topic.ts";

/** A day on which every market trades. */
const DAY = "2024-01-02";

/** Where files lie. */
export function layout(): readonly Section[] {
  const catalog = new S3Catalog(undefined, { layout: "live" });
  const roots = new Map(
    DATASETS.toReversed().map(({ id, prefix }) => [prefix.split("/")[0], id]),
  );
  const examples = [...roots.values()].reverse()
    .map((id) => [id, catalog.getKey(id, DAY)] as const);
  const differing = examples.filter(([, key]) =>
    toLayout(key, "documented") !== key
  );
  return [
    "An object is one day of one dataset. Its key names both, in the bucket and in a folder:",
    [[
      "{prefix}/{YYYY}/{MM}/{YYYY-MM-DD}.csv.gz",
      "gzipped CSV with a header row and all tickers",
    ]],
    "An example for each root. 'flatbed datasets' lists all prefixes, 'flatbed keys' the keys of a range of days.",
    examples,
    "The documentation has another name for the options root than the live bucket. The command line uses the live name and accepts both; the library uses the documented name by default.",
    differing.flatMap(([, key]) => [
      ["live", key] as const,
      ["documented", toLayout(key, "documented")] as const,
    ]),
    "In a mirror's folder (--out) each file is stored under its key, with --decompress without the .gz. The folder also has:",
    [
      [".flatbed/manifest.sqlite", "the size, ETag and SHA-256 of each file"],
      [
        ".flatbed/replaced/",
        "versions that were replaced upstream, with --keep-replaced",
      ],
      [
        "{key}.part",
        "the bytes of an unfinished download; files whose names begin the same belong to it",
      ],
    ],
  ];
}
