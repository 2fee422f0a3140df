// deno-lint-ignore-file no-console -- a tool for the terminal
/**
 * Every check but the tests: formatting, lint, types, documentation, publishing.
 * Runs all of them and exits with 1 where one of them failed.
 *
 * @module
 */

import { prepare, run } from "./launch.ts";

const { exports } = JSON.parse(
  await Deno.readTextFile(new URL("../deno.json", import.meta.url)),
);
const entryPoints = Object.values<string>(exports);

const launch = await prepare();
const failed: string[] = [];
for (
  const args of [
    ["fmt", "--check"],
    ["lint"],
    ["check", "."],
    ["doc", "--lint", ...entryPoints],
    ["publish", "--dry-run", "--allow-dirty"],
  ]
) {
  console.log(`\n> deno ${args.join(" ")}`);
  if (await run(launch, args) !== 0) failed.push(args.join(" "));
}
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join("; ")}`);
  Deno.exit(1);
}
