/**
 * The command line.
 *
 * @module
 */

export { runCli } from "./main.ts";
