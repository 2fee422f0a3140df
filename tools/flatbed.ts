/**
 * Runs the command line from this checkout, in the folder in which the task was called.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { goBack, prepare, run } from "./launch.ts";

const cli = fileURLToPath(new URL("../cli.ts", import.meta.url));
// Programs read what `--json` prints, and `--quiet` wants nothing said.
const isQuiet = ["--json", "--quiet"].some((option) =>
  Deno.args.includes(option)
);
const launch = await prepare({ isQuiet });
goBack();
Deno.exit(await run(launch, ["run", "-A", cli, ...Deno.args]));
