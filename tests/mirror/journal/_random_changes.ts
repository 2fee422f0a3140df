import {
  type DataType,
  type Shard,
  shardOf,
} from "../../../src/catalog/mod.ts";
import type { Manifest } from "../../../src/mirror/manifest/manifest.ts";
import type { ManifestEntry } from "../../../src/mirror/manifest/manifest_entry.ts";
import { mirrorFile } from "../../../src/mirror/mirror_file.ts";

/** Numbers that look random, and are the same for the same seed. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = state;
    value = Math.imul(value ^ value >>> 15, value | 1);
    value ^= value + Math.imul(value ^ value >>> 7, value | 61);
    return ((value ^ value >>> 14) >>> 0) % below;
  };
}

const DAYS = ["02", "03", "04", "05", "08", "09", "10", "11", "12", "16"];
const TYPE: DataType = "stocks_daily";

/** A change of a manifest, of a file that belongs to one shard. */
export interface RandomChange {
  name: string;
  isOf(shard: Shard): boolean;
  apply(manifest: Manifest): void;
}

function entryOf(date: string, version: number): ManifestEntry {
  return {
    ...mirrorFile(TYPE, date, "stored"),
    size: version,
    etag: `etag-${version}`,
    lastModified: version % 3 === 0 ? undefined : new Date(version),
    sha256: `${version}`.padStart(64, "0"),
    bytes: version,
    mtime: new Date(version * 2),
    fetchedAt: new Date(version * 3),
    verifiedAt: undefined,
    isDamaged: version % 5 === 0,
    proof: "md5",
    gzip: "whole",
    gzipFault: undefined,
    releasedAt: version % 7 === 0 ? new Date(version) : undefined,
    withdrawnAt: undefined,
  };
}

/** A change, with values that no other one has. */
export function randomChange(
  random: (below: number) => number,
  version: number,
): RandomChange {
  const date = `2024-01-${DAYS[random(DAYS.length)]}`;
  const file = mirrorFile(TYPE, date, "stored");
  const entry = entryOf(date, version);
  const isOf = ({ index, count }: Shard) => shardOf(file.key, count) === index;
  const now = new Date(version);
  const parquet = {
    key: file.key,
    dataType: TYPE,
    date,
    folder: "",
    path: "",
    etag: "",
    sourceSha256: entry.sha256,
    schema: 1,
    rows: version,
    bytes: version,
    mtime: now,
    sha256: `${random(3)}`,
    asText: ["size"],
    extraColumns: [],
    madeAt: now,
  };
  const changes: [string, (manifest: Manifest) => void][] = [
    ["record", (manifest) => manifest.record(entry)],
    ["announce", (manifest) => {
      const arrival = {
        ...file,
        size: version,
        etag: `etag-${version}`,
        lastModified: now,
        was: undefined,
      };
      manifest.note([arrival], [], now);
    }],
    ["withdraw", (manifest) => manifest.withdraw(file.key, "stored")],
    ["remove", (manifest) => manifest.remove(file.key, "stored")],
    [
      "noteWithdrawn",
      (manifest) => manifest.noteWithdrawn([{ ...entry, withdrawnAt: now }]),
    ],
    ["recordParquet", (manifest) => manifest.recordParquet(parquet)],
    ["forgetParquet", (manifest) => manifest.forgetParquet([parquet])],
    ["acceptMissing", (manifest) => manifest.acceptMissing(TYPE, [date], now)],
    ["forgetAccepted", (manifest) => manifest.forgetAccepted(TYPE, [date])],
  ];
  const weighted = [0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 5, 6, 7, 7, 8];
  const [name, apply] = changes[weighted[random(weighted.length)] ?? 0] ??
    ["nothing", () => {}];
  return { name: `${name} ${date}`, isOf, apply };
}

/** What a manifest knows, without what its journals need. */
export function contentOf(manifest: Manifest): unknown {
  return {
    // An arrival's entry is told as long as its file is there, which it never is here.
    entries: manifest.entries(),
    paths: [...manifest.paths(TYPE)].toSorted(),
    arrivals: manifest.arrivals(),
    parquet: manifest.parquet(""),
    days: manifest.parquetDays({ dataType: TYPE }, "", 1),
    accepted: manifest.acceptedDates(TYPE),
    count: manifest.count(),
  };
}
