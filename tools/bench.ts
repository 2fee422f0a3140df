/**
 * Runs the benchmark.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { fetchPackages, prepare, run } from "./launch.ts";

const main = fileURLToPath(new URL("../bench/main.ts", import.meta.url));
const launch = await prepare();
await fetchPackages(launch);
Deno.exit(await run(launch, ["run", "-A", main, ...Deno.args]));
