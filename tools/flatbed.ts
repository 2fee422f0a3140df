/**
 * Runs the command line from this checkout, in the folder in which the task was called.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { goBack, prepare, run } from "./launch.ts";

const cli = fileURLToPath(new URL("../cli.ts", import.meta.url));
const launch = await prepare();
goBack();
Deno.exit(await run(launch, ["run", "-A", cli, ...Deno.args]));
