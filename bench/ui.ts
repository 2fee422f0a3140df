/**
 * What the page's coverage costs: a mirror with an entry for each file of all datasets, in
 * all states that a day can have, with sparse files of made-up sizes.
 *
 * ```sh
 * deno task deno run -A bench/ui.ts             # makes one, measures, and removes it
 * deno task deno run -A bench/ui.ts make DIR    # makes one, to look at it with `flatbed ui`
 * deno task deno run -A bench/ui.ts measure DIR # measures one that was made
 * ```
 *
 * At last, another process writes to the mirror, as a sync does, and the page asks again.
 */
// deno-lint-ignore-file no-console -- it reports on standard output
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseSync } from "node:sqlite";
import { type Dataset, DATASETS, getFileDates, S3Catalog } from "../mod.ts";
import { Mirror } from "../src/mirror/mod.ts";
import { Manifest } from "../src/mirror/manifest/manifest.ts";
import { PARQUET_VERSION } from "../src/rows/mod.ts";
import { startUi } from "../src/web/mod.ts";
import { denoCommand } from "../tests/support/deno_command.ts";

const catalog = new S3Catalog("flatfiles", { layout: "live" });
const DAY = 86_400_000;

/** What becomes of a day: the same in every run. */
type Fate =
  | "here"
  | "released"
  | "missing"
  | "accepted"
  | "damaged"
  | "parquet";

/** A number from 0 to 1 that depends on its arguments alone. */
function chance(...parts: (string | number)[]): number {
  let hash = 2166136261;
  for (const each of parts.join(" ")) {
    hash = Math.imul(hash ^ each.charCodeAt(0), 16777619);
  }
  return ((hash ^ hash >>> 15) >>> 0) / 2 ** 32;
}

function fateOf(id: string, date: string, last: string): Fate {
  const year = date.slice(0, 4);
  if (chance(id, date, "missing") < 0.001) return "missing";
  if (chance(id, date, "accepted") < 0.0004) return "accepted";
  if (chance(id, date, "damaged") < 0.0004) return "damaged";
  // A week in which nobody was there.
  const week = Math.floor(Date.parse(date) / DAY / 7);
  if (chance(id, week, "week") < 0.001) return "missing";
  if (id.endsWith("quotes") && year < "2020") return "released";
  const isYoung = Date.parse(last) - Date.parse(date) < 3 * 365 * DAY;
  return /minute|daily/.test(id) && isYoung ? "parquet" : "here";
}

/** Makes the mirror, of all datasets unless some are named; returns how many files it knows. */
export async function makeMirror(
  folder: string,
  datasets: readonly Dataset[] = DATASETS,
): Promise<number> {
  {
    await using _mirror = await Mirror.open(folder);
  }
  const last = new Date(Date.now() - DAY).toISOString().slice(0, 10);
  using db = new DatabaseSync(`${folder}/.flatbed/manifest.sqlite`);
  const putFile = db.prepare(
    `INSERT INTO files (key, form, data_type, date, size, etag, last_modified, sha256,
       bytes, mtime, fetched_at, is_damaged, proof, gzip, gzip_fault, released_at)
     VALUES (?, 'stored', ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 'md5', ?, ?, ?)`,
  );
  const putParquet = db.prepare(
    `INSERT INTO parquet VALUES (?, '', ?, ?, ?, ?, ?, ?, ?, '', '', ?)`,
  );
  const putHole = db.prepare("INSERT INTO accepted_holes VALUES (?, ?, ?)");
  db.exec("BEGIN");
  let files = 0, lastParent = "";
  for (
    const { id, firstDate, typicalCompressedBytesPerDay: [least, most] }
      of datasets
  ) {
    for (const date of getFileDates(id, firstDate, last)) {
      const key = catalog.getKey(id, date);
      const fate = fateOf(id, date, last);
      const time = Date.parse(date) + DAY + 15 * 3_600_000;
      if (fate === "accepted") putHole.run(id, date, time);
      if (fate === "missing" || fate === "accepted") continue;
      files++;
      const bytes = Math.round(least + chance(id, date) * (most - least));
      const hash = files.toString(16).padStart(64, "f");
      const isDamaged = fate === "damaged";
      putFile.run(
        ...[key, id, date, bytes, hash.slice(32), time, hash, bytes, time],
        time + 600_000,
        isDamaged ? "damaged" : "whole",
        isDamaged ? "ends early" : null,
        fate === "released" ? time + 90 * DAY : null,
      );
      if (fate === "parquet") {
        const size = Math.round(bytes * 0.8);
        putParquet.run(
          ...[key, hash.slice(32), hash, PARQUET_VERSION],
          ...[bytes >> 5, size, time, hash, time],
        );
      }
      if (fate === "released") continue;
      const path = `${folder}/${key}`;
      const parent = path.slice(0, path.lastIndexOf("/"));
      if (parent !== lastParent) await Deno.mkdir(parent, { recursive: true });
      lastParent = parent;
      using file = await Deno.open(path, { write: true, create: true });
      await file.truncate(bytes);
    }
  }
  // Some accounts can read the last five years of some datasets.
  db.prepare(
    "INSERT INTO floors VALUES ('options_trades', 'readable', ?, ?, 1, NULL)",
  ).run("2018-01-02", last);
  db.exec("COMMIT");
  return files;
}

/** What an answer cost its server. */
interface Cost {
  /** On the clock, in milliseconds. */
  wall: number;
  /** Of the processor, in milliseconds. */
  cpu: number;
  /** The longest time in which nobody else was answered, in milliseconds. */
  block: number;
}

async function measure(work: () => Promise<unknown>): Promise<Cost> {
  let block = 0, before = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    block = Math.max(block, now - before);
    before = now;
  }, 1);
  const used = process.cpuUsage();
  const begun = performance.now();
  await work();
  const wall = performance.now() - begun;
  const { user, system } = process.cpuUsage(used);
  clearInterval(timer);
  return { wall, cpu: (user + system) / 1000, block };
}

/** Serves a mirror, and asks for its coverage as a page does: at first, again, and unchanged. */
async function measureAnswers(folder: string): Promise<void> {
  const notHere = () => Promise.reject(new Error("The benchmark only reads"));
  await using ui = startUi({
    location: folder,
    openReader: () => Mirror.open(folder, { readOnly: true, mayLag: true }),
    openReaderOf: notHere,
    openWriter: notHere,
  });
  const welcome = await fetch(ui.address, { redirect: "manual" });
  await welcome.body?.cancel();
  const cookie = welcome.headers.get("set-cookie")?.split(";")[0] ?? "";
  console.log("| answer | bytes | CPU | on the clock | longest block |");
  console.log("| --- | ---: | ---: | ---: | ---: |");
  const { origin } = new URL(ui.address);
  let etag = "";
  const ask = async (known = "", path = "coverage"): Promise<number> => {
    const headers = { cookie, ...(known && { "if-none-match": known }) };
    const response = await fetch(`${origin}/api/${path}`, { headers });
    etag = response.headers.get("etag") ?? "";
    return (await response.bytes()).length;
  };
  const report = async (name: string, work: () => Promise<number>) => {
    let bytes = 0;
    const { wall, cpu, block } = await measure(async () => {
      bytes = await work();
    });
    const ms = [cpu, wall, block].map((value) => `${value.toFixed(0)} ms`);
    console.log(`| ${name} | ${bytes} | ${ms.join(" | ")} |`);
  };
  await report("first", () => ask());
  await report("again", () => ask());
  await report("unchanged", () => ask(etag));
  const script = new URL(import.meta.url).pathname;
  await using writer = denoCommand(["run", "-A", script, "write", folder])
    .spawn();
  await writer.stdout.getReader().read(); // it has begun
  await report("days, during a sync", () => ask("", "day/choices"));
  let answers = 0;
  await report(`${SYNC_MS / 1000} s of a sync`, async () => {
    let bytes = 0;
    const end = performance.now() + SYNC_MS;
    while (performance.now() < end) {
      const begun = performance.now();
      bytes += await ask(etag);
      answers++;
      // As the page waits.
      await sleep(Math.max(1500, 4 * (performance.now() - begun)));
    }
    return bytes;
  });
  console.log(`\n${answers} answers during the sync`);
}

/** How long is measured while somebody writes, in milliseconds. */
const SYNC_MS = 20_000;

/** Notes ten files of one dataset after each other, as a sync does, until it is killed. */
async function keepWriting(folder: string): Promise<void> {
  using manifest = Manifest.openForWriting(folder);
  const entries = manifest.entries({ dataType: "stocks_minute" });
  console.log("ready");
  let isOver = false;
  Deno.addSignalListener("SIGTERM", () => isOver = true);
  for (let at = 0; !isOver; at = (at + 10) % entries.length) {
    const fetchedAt = new Date();
    const fetched = entries.slice(at, at + 10);
    const changed = fetched.map((entry) => ({ ...entry, fetchedAt }));
    manifest.note([], changed, fetchedAt);
    await sleep(300);
  }
}

if (import.meta.main && Deno.args[0] === "write") {
  await keepWriting(Deno.args[1] ?? "");
} else if (import.meta.main) {
  const [action, given] = Deno.args;
  const folder = given ?? await Deno.makeTempDir();
  if (action !== "measure") {
    console.log(`${await makeMirror(folder)} files in ${folder}`);
  }
  if (action !== "make") await measureAnswers(folder);
  if (given === undefined) await Deno.remove(folder, { recursive: true });
}
