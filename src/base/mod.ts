/**
 * What every room may use. Nothing here does any I/O or needs a permission; it also runs
 * in Node and in browsers.
 *
 * @module
 */

export { didYouMean } from "./did_you_mean.ts";
export { editDistance } from "./edit_distance.ts";
export { nearest } from "./nearest.ts";
