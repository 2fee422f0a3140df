// deno-lint-ignore-file no-console -- a tool for the terminal
/**
 * Fetches all that the command line may load when it runs, for the image that the
 * Dockerfile builds: its own modules, the workers', and the packages that are loaded
 * where they are used.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { WORKERS } from "./compile.ts";
import { prepare, run } from "./launch.ts";

/** What no import of `cli.ts` leads to. */
export const MODULES: readonly string[] = [
  ...WORKERS,
  "src/rows/duckdb.ts",
  ...Object.values(config.scopes["./"]),
];

if (import.meta.main) {
  const launch = await prepare();
  if (launch.standIns) {
    console.error(
      "The image needs the standard library itself: JSR must answer where it is built",
    );
    Deno.exit(1);
  }
  Deno.exit(await run(launch, ["cache", "cli.ts", ...MODULES]));
}
