/**
 * The command line.
 *
 * @module
 */

export { runCli } from "./main.ts";
export { TOPICS } from "./topics/mod.ts";
export { type Section } from "./topics/topic.ts";
