/**
 * The command line `flatbed`. It is a program, and exports nothing.
 *
 * @example
 * ```sh
 * deno run -A jsr:@flatbed/flatbed/cli --help
 * ```
 *
 * @module
 */

import { runCli } from "./src/cli/mod.ts";

if (import.meta.main) Deno.exit(await runCli(Deno.args));
