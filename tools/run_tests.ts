// deno-lint-ignore-file no-console -- a tool for the terminal
/**
 * Runs the tests and closes with a line that programs can read: `N passed, N failed`.
 * Takes `--unit`, `--cli` or `--system` for one part of them; other arguments are handed
 * to `deno test`, for instance `--filter`, a folder or a file.
 *
 * @module
 */

import { fetchPackages, type Launch, prepare, run } from "./launch.ts";

/** The parts, each with its folders below `tests/`; what no other part has is `system`. */
export const PARTS = {
  unit: [
    "base",
    "calendar",
    "catalog",
    "demo",
    "files",
    "gzip",
    "properties",
    "rows",
    "service",
    "store",
  ],
  cli: ["cli"],
  system: [],
} as const;

/**
 * The files that run after all others, one by one: they measure tens of milliseconds, or
 * look at the threads of their own process.
 */
export const ALONE: readonly string[] = [
  "tests/download/async_s3_downloader_test.ts",
  "tests/download/sync_s3_downloader_test.ts",
];

/** A part's name. */
export type Part = keyof typeof PARTS;

const root = new URL("../", import.meta.url);

/** What of `tests/` is in a part. */
export function targetsOf(part: Part): string[] {
  if (part !== "system") return PARTS[part].map((name) => `tests/${name}/`);
  const others = Object.values<readonly string[]>(PARTS).flat();
  const left = Array.from(Deno.readDirSync(new URL("tests/", root)))
    .filter(({ name }) => !others.includes(name) && name !== "support")
    .map(({ name, isDirectory }) => `tests/${name}${isDirectory ? "/" : ""}`);
  return left.toSorted();
}

/**
 * A target without the files that run alone. Deno's `--ignore` does nothing where several
 * folders are named, so a folder with such files stands for what else is in it.
 */
export function withoutAlone(target: string): string[] {
  if (!ALONE.some((file) => file.startsWith(target))) return [target];
  return Array.from(Deno.readDirSync(new URL(target, root)))
    .filter(({ name, isDirectory }) => isDirectory || /_test\.ts$/.test(name))
    .map(({ name, isDirectory }) => `${target}${name}${isDirectory ? "/" : ""}`)
    .filter((path) => !ALONE.includes(path))
    .toSorted();
}

/** How many tests ended how. */
interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Runs `deno test`. */
async function runOnce(
  launch: Launch,
  args: readonly string[],
): Promise<Counts> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  const code = await run({ ...launch, mayDownload: false }, [
    "test",
    "--allow-all",
    `--junit-path=${report}`,
    ...args,
  ]);
  const xml = await Deno.readTextFile(report);
  await Deno.remove(report);

  const suites = /<testsuites\b[^>]*>/.exec(xml)?.[0];
  const count = (name: string) =>
    Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suites ?? "")?.[1] ?? 0);
  const skipped = [...xml.matchAll(/<skipped\b/g)].length;
  const failed = count("failures") + count("errors");
  return {
    passed: Math.max(0, count("tests") - failed - skipped),
    // Without a report the run ended before any test: a type error, for instance.
    failed: failed === 0 && (code !== 0 || suites === undefined) ? 1 : failed,
    skipped,
  };
}

/** Runs some parts: the files side by side but for those that want to be alone. */
async function runParts(
  launch: Launch,
  parts: readonly Part[],
  args: readonly string[],
): Promise<Counts[]> {
  const targets = parts.flatMap(targetsOf);
  const alone = ALONE.filter((file) =>
    targets.some((target) => file.startsWith(target))
  );
  const counts = [
    await runOnce(launch, [
      "--parallel",
      ...args,
      ...targets.flatMap(withoutAlone),
    ]),
  ];
  if (alone.length > 0) {
    counts.push(await runOnce(launch, [...args, ...alone]));
  }
  return counts;
}

async function main(): Promise<number> {
  const all = Object.keys(PARTS) as Part[];
  const named = all.filter((part) => Deno.args.includes(`--${part}`));
  const args = Deno.args.filter((arg) =>
    !all.some((part) => arg === `--${part}`)
  );
  const launch = await prepare();
  // A file more than there are cores: while one waits, another one works.
  if (Deno.env.get("DENO_JOBS") === undefined) {
    Deno.env.set("DENO_JOBS", `${navigator.hardwareConcurrency + 1}`);
  }
  // The tests and what they start may not download: all that they need comes now.
  await fetchPackages(launch);
  const isPartial = named.length === 0 &&
    args.some((arg) => !arg.startsWith("-"));
  const counts = isPartial
    ? [await runOnce(launch, args)]
    : await runParts(launch, named.length > 0 ? named : all, args);
  const sum = (name: keyof Counts) =>
    counts.reduce((sum, { [name]: count }) => sum + count, 0);
  const skipped = sum("skipped");
  console.log(
    `${sum("passed")} passed, ${sum("failed")} failed` +
      (skipped > 0 ? `, ${skipped} skipped` : ""),
  );
  return sum("failed") > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main());
