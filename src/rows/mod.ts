/**
 * From a content to its rows.
 *
 * @module
 */

export { gzipToLines } from "./first_lines.ts";
