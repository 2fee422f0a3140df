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
    "One object holds one dataset's day, and its key says which, in the bucket as in a folder:",
    [[
      "{prefix}/{YYYY}/{MM}/{YYYY-MM-DD}.csv.gz",
      "gzipped CSV with a header row, every ticker in one file",
    ]],
    "A key for each root. 'flatbed datasets' lists all prefixes, 'flatbed keys' the keys of any days.",
    examples,
    "The documentation calls the options root by another name than the live bucket. The command line uses the live one and takes both; the library makes documented keys unless told otherwise.",
    differing.flatMap(([, key]) => [
      ["live", key] as const,
      ["documented", toLayout(key, "documented")] as const,
    ]),
    "In a mirror's folder, which --out names, files lie under their keys, with --decompress without the .gz, and beside them:",
    [
      [".flatbed/manifest.sqlite", "the size, ETag and SHA-256 of each file"],
      [
        ".flatbed/replaced/",
        "versions that were replaced upstream, with --keep-replaced",
      ],
      [
        "{key}.part",
        "what has arrived of an unfinished download, with its notes in files that begin likewise",
      ],
    ],
  ];
}
