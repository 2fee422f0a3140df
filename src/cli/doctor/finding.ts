import type { ConnectionOptions } from "../connection.ts";
import type { OutCommandOptions } from "../out_options.ts";

/** What a check has come to. */
export interface Finding {
  status: "ok" | "warning" | "fail" | "not-checked";
  /** What was found. */
  message: string;
  /** What to do about it. */
  advice?: string;
}

/** What the checks are about, once the configuration has had its say. */
export interface CheckOptions extends ConnectionOptions, OutCommandOptions {
  dataTypes?: string[];
}

/** All is well. */
export function ok(message: string): Finding {
  return { status: "ok", message };
}

/** Something may become a problem. */
export function warning(message: string, advice: string): Finding {
  return { status: "warning", message, advice };
}

/** Something is in the way of a sync. */
export function fail(message: string, advice?: string): Finding {
  return { status: "fail", message, ...(advice && { advice }) };
}
