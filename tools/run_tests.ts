// deno-lint-ignore-file no-console -- a tool for the terminal
/**
 * Runs the test suite and closes with a line that programs can read: `N passed, N failed`.
 * Arguments are handed to `deno test`, for instance `--filter` or a file.
 *
 * @module
 */

import { fetchPackages, prepare, run } from "./launch.ts";

/** Everything: the tests, and the examples in the documentation. */
const everything = ["--doc", "tests/", "src/", "mod.ts"];
const isPartial = Deno.args.some((arg) => !arg.startsWith("-"));

const launch = await prepare();
// The tests and what they start may not download: all that they need comes now.
await fetchPackages(launch);

const report = await Deno.makeTempFile({ suffix: ".xml" });
const code = await run({ ...launch, mayDownload: false }, [
  "test",
  "--allow-all",
  `--junit-path=${report}`,
  ...Deno.args,
  ...(isPartial ? [] : everything),
]);
const xml = await Deno.readTextFile(report);
await Deno.remove(report);

const suites = /<testsuites\b[^>]*>/.exec(xml)?.[0] ?? "";
const count = (name: string) =>
  Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suites)?.[1] ?? 0);
const skipped = [...xml.matchAll(/<skipped\b/g)].length;
// Without a report the run ended before any test: a type error, for instance.
const failed = suites === "" ? 1 : count("failures") + count("errors");
const passed = count("tests") - failed - skipped;
console.log(
  `${Math.max(0, passed)} passed, ${failed} failed` +
    (skipped > 0 ? `, ${skipped} skipped` : ""),
);
Deno.exit(code !== 0 ? code : failed > 0 ? 1 : 0);
