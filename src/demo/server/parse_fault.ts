import { assertString } from "../../base/mod.ts";
import { assertFault, FAULT_FIELDS } from "./assert_fault.ts";
import type { Fault } from "./fault.ts";

const TEXT_FIELDS = ["key", "method", "operation", "before", "code", "how"];

/**
 * Reads a fault from a text, as a command line gives it: the kind, and then
 * `name=value` pairs between commas. `status=503` is short for
 * `status,status=503`.
 *
 * @throws {TypeError} If it is not a string.
 * @throws {RangeError} If it is not a fault.
 *
 * @example
 * ```ts
 * import { parseFault } from "../mod.ts";
 *
 * parseFault("drop,after=1000,key=us_stocks_sip/,times=2");
 * parseFault("status=503,retry-after=1,times=3");
 * parseFault("forbidden,before=2022-01-01");
 * ```
 */
export function parseFault(text: string): Fault {
  assertString(text, "fault");
  const [first = "", ...pairs] = text.split(",").map((part) => part.trim());
  const kind = first.split("=", 1)[0] ?? "";
  if (!Object.hasOwn(FAULT_FIELDS, kind)) {
    throw new RangeError(
      `Cannot read fault ${JSON.stringify(text)}: it must begin with one of ${
        Object.keys(FAULT_FIELDS).join(", ")
      }`,
    );
  }
  if (first !== kind) {
    if (kind !== "status") {
      throw new RangeError(
        `Cannot read fault ${JSON.stringify(text)}: '${kind}' takes no value`,
      );
    }
    pairs.unshift(first);
  }
  const fault: Record<string, string | number> = { kind };
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, Math.max(equals, 0))
      .replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const value = pair.slice(equals + 1);
    if (name === "" || value === "" || name === "kind") {
      throw new RangeError(
        `Cannot read fault ${
          JSON.stringify(text)
        }: '${pair}' is not name=value`,
      );
    }
    if (Object.hasOwn(fault, name)) {
      throw new RangeError(
        `Cannot read fault ${
          JSON.stringify(text)
        }: '${name}' stands there twice`,
      );
    }
    fault[name] = TEXT_FIELDS.includes(name) || !/^\d+$/.test(value)
      ? value
      : Number(value);
  }
  const read = fault as unknown as Fault;
  assertFault(read);
  return read;
}
