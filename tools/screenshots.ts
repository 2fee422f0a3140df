/**
 * Makes the screenshots in `docs/images/`, with the browser of this machine.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { fetchPackages, prepare, run } from "./launch.ts";

const main = fileURLToPath(
  new URL("../tests/ui/_screenshots.ts", import.meta.url),
);
const launch = await prepare();
await fetchPackages(launch);
Deno.exit(await run(launch, ["run", "-A", main, ...Deno.args]));
