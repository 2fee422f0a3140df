import config from "../../deno.json" with { type: "json" };
import { importPackage } from "../base/mod.ts";

/** What the package exports. */
export type Arrow = typeof import("@uwdata/flechette");

/**
 * Loads the package that writes Arrow, 1.6 MB.
 *
 * @throws {Error} If it is not there and cannot be fetched.
 */
export async function loadArrow(): Promise<Arrow> {
  const arrow = await importPackage("@uwdata/flechette", config.scopes["./"]);
  return arrow as Arrow;
}
