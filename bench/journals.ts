/**
 * What it costs to read the journals of many shards that are not merged yet;
 * docs/many-machines.md has what it prints. It makes a mirror with an entry for each file
 * of all datasets, without the files: two lines for each, as a shard writes them.
 *
 * ```sh
 * deno task deno run -A bench/journals.ts       # in 256 shards
 * deno task deno run -A bench/journals.ts 8     # in 8
 * deno task deno run -A bench/journals.ts make 256 DIR
 * ```
 */
// deno-lint-ignore-file no-console -- it reports on standard output
import process from "node:process";
import { DATASETS, getFileDates, S3Catalog, shardOf } from "../mod.ts";
import { Mirror } from "../src/mirror/mod.ts";
import type { Change } from "../src/mirror/journal/change.ts";
import { encodeChange, END_LINE } from "../src/mirror/journal/journal_line.ts";
import { journalName } from "../src/mirror/journal/journal_name.ts";
import { encodeHeader } from "../src/mirror/journal/read_journal.ts";
import { StampClock } from "../src/mirror/journal/stamp_clock.ts";
import { denoOptions, prepare } from "../tools/launch.ts";

/** The last day that counts: the result is the same whenever it is run. */
const LAST = "2026-11-25";
const catalog = new S3Catalog("flatfiles", { layout: "live" });

/** The lines of a file that was announced and has come. */
function* changesOf(
  dataType: string,
  date: string,
  key: string,
  number: number,
): Generator<Change> {
  const size = 1_000_000 + number;
  const etag = number.toString(16).padStart(32, "0");
  const time = Date.parse(date) + 86_400_000;
  const named = { kind: "file", key, sub: "stored" } as const;
  yield {
    ...named,
    row: null,
    arrival: [size, etag, time, null, time],
    fillsHole: false,
  };
  const sha256 = number.toString(16).padStart(64, "f");
  const checks = [time + 2, null, 0, "md5", "whole", null, null, null];
  yield {
    ...named,
    row: [dataType, date, size, etag, time, sha256, size, time, ...checks],
    arrival: null,
    fillsHole: true,
  };
}

/** Makes a mirror with a journal of each shard; returns how many lines and bytes they have. */
async function makeMirror(folder: string, count: number) {
  await using _mirror = await Mirror.open(folder);
  const clock = new StampClock();
  const header = { command: "flatbed sync", pid: 1, host: "bench", since: "" };
  const journals = Array.from({ length: count }, () => [
    encodeHeader({ ...header, isLocked: true }),
  ]);
  let files = 0;
  for (const { id, firstDate } of DATASETS) {
    for (const date of getFileDates(id, firstDate, LAST)) {
      const key = catalog.getKey(id, date);
      const lines = journals[shardOf(key, count) - 1];
      for (const change of changesOf(id, date, key, ++files)) {
        lines?.push(encodeChange({ ...change, stamp: clock.next() }));
      }
    }
  }
  const path = `${folder}/.flatbed/journals`;
  await Deno.mkdir(path, { recursive: true });
  let bytes = 0;
  for (const [at, lines] of journals.entries()) {
    const name = journalName({ index: at + 1, count }, clock.next());
    const text = `${lines.join("\n")}\n${END_LINE}\n`;
    bytes += text.length;
    await Deno.writeTextFile(`${path}/${name}`, text);
  }
  const lines = journals.reduce((sum, { length }) => sum + length + 1, 0);
  return { files, lines, bytes };
}

/** What is measured, each in a process of its own. */
const CASES: Readonly<
  Record<string, (folder: string, count: number) => Promise<unknown>>
> = {
  // What every process costs.
  async nothing() {},
  async "open for reading"(folder) {
    await using _mirror = await Mirror.open(folder, { readOnly: true });
  },
  async status(folder) {
    await using mirror = await Mirror.open(folder, { readOnly: true });
    await mirror.coverage();
  },
  async "open one shard"(folder, count) {
    await using _mirror = await Mirror.open(folder, {
      shard: { index: Math.ceil(count / 2), count },
    });
  },
  async shards(folder) {
    await using mirror = await Mirror.open(folder, { readOnly: true });
    await mirror.shards();
  },
  async merge(folder) {
    await using _mirror = await Mirror.open(folder);
  },
  async "status of the merged"(folder) {
    await using mirror = await Mirror.open(folder, { readOnly: true });
    await mirror.coverage();
  },
};

async function measure(name: string, folder: string, count: number) {
  const begun = performance.now();
  await CASES[name]?.(folder, count);
  const ms = performance.now() - begun;
  const { user, system } = process.cpuUsage();
  const cpu = (user + system) / 1e6;
  const most = process.resourceUsage().maxRSS / 1024;
  console.log(
    `| ${name.padEnd(20)} | ${cpu.toFixed(2)} s | ${
      (ms / 1000).toFixed(2)
    } s | ${most.toFixed(0)} MB |`,
  );
}

if (import.meta.main) {
  const [first = "256", ...rest] = Deno.args;
  if (first === "make") {
    const [count = "", folder = ""] = rest;
    const { files, lines, bytes } = await makeMirror(folder, Number(count));
    const size = (bytes / 1e6).toFixed(0);
    console.log(
      `${files} files, ${lines} lines in ${count} journals, ${size} MB\n`,
    );
  } else if (first === "measure") {
    const [name = "", folder = "", count = ""] = rest;
    await measure(name, folder, Number(count));
  } else {
    const launch = await prepare();
    const options = denoOptions("run", launch);
    const run = async (...args: string[]) => {
      const script = import.meta.filename ?? "";
      await new Deno.Command(Deno.execPath(), {
        args: ["run", ...options, "-A", "--no-check", script, ...args],
        stdout: "inherit",
        stderr: "inherit",
      }).output();
    };
    const folder = await Deno.makeTempDir();
    try {
      // By a process of its own: those that it starts are told of its memory as theirs.
      await run("make", first, folder);
      console.log("| what | CPU | on the clock | memory, at most |");
      console.log("| --- | ---: | ---: | ---: |");
      for (const name of Object.keys(CASES)) {
        await run("measure", name, folder, first);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
}
