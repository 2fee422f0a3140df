/**
 * Work in shards, on paper and by simulation; docs/many-machines.md has what it prints.
 *
 * - `spread`: how evenly bytes are spread over shards, by the usual sizes of files;
 * - `plan`: what it takes to plan everything in shards, and how often the service is asked.
 *
 * ```sh
 * deno task deno run -A bench/shards.ts spread
 * deno task deno run -A bench/shards.ts plan              # all in 256 shards
 * deno task deno run -A bench/shards.ts plan 40 3 stocks  # three of 40, stocks only
 * ```
 */
// deno-lint-ignore-file no-console -- it reports on standard output
import process from "node:process";
import { DATASETS, getFileDates, S3Catalog, shardOf } from "../mod.ts";
import { AsyncS3Downloader } from "../download.ts";
import { DEMO_CREDENTIALS } from "../src/demo/mod.ts";
import { Mirror } from "../src/mirror/mod.ts";

/** The last day that counts: the result is the same whenever it is run. */
const LAST = "2026-11-25";
const DAY = 86_400_000;
const catalog = new S3Catalog("flatfiles", { layout: "live" });

/**
 * By how much sizes grow in a year (continuously): so that, with the documented sizes at the
 * end, stocks come to 13 TB and the bucket to 71 TB, as users have counted.
 */
function growthOf(id: string): number {
  if (id === "options_quotes") return 0.9;
  if (id.startsWith("options_")) return 0.35;
  return id.startsWith("stocks_") ? 0.25 : 0.15;
}

interface SizedFile {
  key: string;
  size: number;
}

/** The files of some datasets in the days up to the last one. */
function filesOf(pattern: RegExp, days: number): SizedFile[] {
  const last = Date.parse(LAST);
  const from = new Date(last - (days - 1) * DAY).toISOString().slice(0, 10);
  return DATASETS.filter(({ id }) => pattern.test(id)).flatMap((dataset) => {
    const { id, firstDate, typicalCompressedBytesPerDay: [, most] } = dataset;
    const start = from > firstDate ? from : firstDate;
    return getFileDates(id, start, LAST).map((date) => {
      const years = (last - Date.parse(date)) / (365.25 * DAY);
      return {
        key: catalog.getKey(id, date),
        size: most * Math.exp(-growthOf(id) * years),
      };
    });
  });
}

/** The bytes of the shard that has the most, as a multiple of the mean. */
function spreadOf(
  files: readonly SizedFile[],
  count: number,
  seatOf: (key: string, piece: number, pieces: number) => number,
  split = Infinity,
): number {
  const sums = new Float64Array(count);
  let all = 0;
  for (const { key, size } of files) {
    all += size;
    for (let piece = 0; piece * split < size || piece === 0; piece++) {
      const done = split === Infinity ? 0 : piece * split;
      const seat = seatOf(key, piece, Math.max(1, Math.ceil(size / split))) %
        count;
      sums[seat] = (sums[seat] ?? 0) + Math.min(split, size - done);
    }
  }
  return Math.max(...sums) / (all / count);
}

/** Each key by its own hash, as most tools do it. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  return (hash ^ hash >>> 13) >>> 0;
}

const MIXES: readonly [name: string, pattern: RegExp, days: number][] = [
  ["all 33, all years", /./, 10_000],
  ["all 33, the last year", /./, 365],
  ["stocks, all years", /^stocks/, 10_000],
  ["stocks, the last year", /^stocks/, 365],
  ["stock minutes, all years", /^stocks_minute/, 10_000],
  ["option quotes, all years", /^options_quotes/, 10_000],
  ["option quotes, the last 8 weeks", /^options_quotes/, 56],
];

function printSpread(): void {
  const head = ["files", "shards", "TB", "largest file", "hash", "Flatbed"];
  console.log(`| ${[...head, "with `--split 10G`"].join(" | ")} |`);
  console.log(`| ${["---", ...Array(6).fill("---:")].join(" | ")} |`);
  for (const [name, pattern, days] of MIXES) {
    const files = filesOf(pattern, days);
    const all = files.reduce((sum, { size }) => sum + size, 0);
    const largest = Math.max(...files.map(({ size }) => size));
    for (const count of [8, 40, 256]) {
      const seatOf = (key: string, piece: number, pieces: number) =>
        shardOf(key, count) - 1 +
        piece * Math.max(1, Math.floor(count / pieces));
      const figures = [
        largest / (all / count),
        spreadOf(files, count, hashOf),
        spreadOf(files, count, seatOf),
        spreadOf(files, count, seatOf, 10e9),
      ].map((figure) => figure.toFixed(2));
      const cells = [
        ...count === 8
          ? [`${name} (${files.length})`, "8", (all / 1e12).toFixed(2)]
          : ["", `${count}`, ""],
        ...figures,
      ];
      console.log(`| ${cells.join(" | ")} |`);
    }
  }
}

/** A service that lists all files with made-up sizes and ETags, and counts what it is asked. */
function startLister(
  asked: Record<string, number>,
): Deno.HttpServer<Deno.NetAddr> {
  const byPrefix = new Map(
    DATASETS.map(({ id, prefix, firstDate }) => [
      prefix,
      getFileDates(id, firstDate, LAST).map((date) => catalog.getKey(id, date)),
    ]),
  );
  return Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request) => {
      const { searchParams } = new URL(request.url);
      const wanted = searchParams.get("prefix");
      const name = wanted === null ? request.method : "LIST";
      asked[name] = (asked[name] ?? 0) + 1;
      if (wanted === null) {
        return new Response(null, {
          headers: { "content-length": "1000000", etag: '"0"' },
        });
      }
      const prefix = wanted.split("/").slice(0, 2).join("/");
      const keys = (byPrefix.get(prefix) ?? [])
        .filter((key) => key.startsWith(wanted))
        .slice(0, Number(searchParams.get("max-keys") ?? 1000));
      const contents = keys.map((key, at) =>
        `<Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>"${
          String(at).padStart(32, "0")
        }"</ETag><Size>1000000</Size></Contents>`
      );
      return new Response(
        `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>${
          contents.join("")
        }</ListBucketResult>`,
        { headers: { "content-type": "application/xml" } },
      );
    },
  );
}

/** Plans everything in each shard, one after the other, as the processes of a cluster do. */
async function printPlan(
  count: number,
  measured: number,
  pattern: RegExp,
): Promise<void> {
  const asked: Record<string, number> = {};
  const server = startLister(asked);
  const folder = await Deno.makeTempDir();
  try {
    const times: number[] = [];
    const cpu: number[] = [];
    let items = 0;
    for (let index = 1; index <= measured; index++) {
      const begun = performance.now();
      const used = process.cpuUsage();
      await using downloader = new AsyncS3Downloader(DEMO_CREDENTIALS, {
        endpointUrl: `http://127.0.0.1:${server.addr.port}`,
      });
      await using mirror = await Mirror.open(folder, {
        downloader,
        shard: { index, count },
      });
      const plan = await mirror.plan({
        dataTypes: DATASETS.map(({ id }) => id).filter((id) =>
          pattern.test(id)
        ),
        from: "2003-01-01",
      });
      times.push(performance.now() - begun);
      const { user, system } = process.cpuUsage(used);
      cpu.push((user + system) / 1000);
      items += plan.items.length;
      if (index === 1) console.log("asked by the first shard:", { ...asked });
    }
    console.log(`${items} files in ${measured} of ${count} shards`);
    console.log("asked by all:", asked);
    for (const [name, all] of [["time", times], ["CPU time", cpu]] as const) {
      const [first = 0, ...rest] = all;
      rest.sort((a, b) => a - b);
      const at = (part: number) =>
        Math.round(rest[Math.floor(part * (rest.length - 1))] ?? 0);
      console.log(
        `${name}: the first shard, which lists, ${
          Math.round(first)
        } ms; the others, median ${at(0.5)} ms, most ${at(1)} ms`,
      );
    }
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const [what, count = "256", measured = count, types = ""] = Deno.args;
  if (what === "spread") printSpread();
  else if (what === "plan") {
    await printPlan(Number(count), Number(measured), new RegExp(`^${types}`));
  } else console.log("Say spread or plan");
}
