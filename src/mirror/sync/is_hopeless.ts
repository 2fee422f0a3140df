import { CredentialsError, NoSpaceError } from "../../base/mod.ts";
import { MirrorDamagedError } from "../errors.ts";

/** Whether an error will meet every other file as well. */
export function isHopeless(error: unknown): boolean {
  return error instanceof NoSpaceError || error instanceof CredentialsError ||
    error instanceof MirrorDamagedError ||
    error instanceof Deno.errors.NotCapable;
}
