/**
 * The rows of a content.
 *
 * @module
 */

export { readFirstLines } from "./read_first_lines.ts";
