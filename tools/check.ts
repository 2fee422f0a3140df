// deno-lint-ignore-file no-console -- a tool for the terminal
/**
 * Every check but the tests: formatting, lint, types, documentation, publishing.
 * Runs all of them and exits with 1 where one of them failed.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { prepare, run } from "./launch.ts";

const { exports } = JSON.parse(
  await Deno.readTextFile(new URL("../deno.json", import.meta.url)),
);
const entryPoints = Object.values<string>(exports);

const launch = await prepare();
const failed: string[] = [];
// The page is for browsers, and has a configuration of its own.
const PAGE = fileURLToPath(new URL("../page/", import.meta.url));
for (const args of [["fmt", "--check"], ["lint"], ["check", "--frozen", "."]]) {
  const said = `deno ${args.join(" ")}, in page/`;
  console.log(`\n> ${said}`);
  const { code } = await new Deno.Command(Deno.execPath(), { args, cwd: PAGE })
    .spawn().status;
  if (code !== 0) failed.push(said);
}
for (
  const args of [
    ["fmt", "--check"],
    ["lint"],
    ["check", "--doc", "."],
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
