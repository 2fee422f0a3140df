import type { Command } from "commander";
import { DATASETS, readPrefix, toKey } from "../catalog/mod.ts";
import type { NoDataTypeError } from "./usage.ts";

/** Whether a name looks like a folder, or is one. */
export function isFolderName(name: string): boolean {
  if (/^(\.{1,2}|~|[a-z]:)?$|^(\.{1,2}|~)[/\\]|^[a-z]:\\/i.test(name)) {
    return name !== "";
  }
  const { state } = Deno.permissions.querySync({ name: "read", path: name });
  if (state !== "granted") return false;
  try {
    return Deno.statSync(name).isDirectory;
  } catch {
    return false; // there is none
  }
}

/** What is wrong with a name that is not a data type, for the command it was given to. */
export function describeName(
  { message, given, all }: NoDataTypeError,
  command: Command,
): string {
  const hasFolder = command.options.some(({ long }) => long === "--out");
  const id = dataTypeAt(given);
  if (id !== undefined) {
    const folder = all.find((name) =>
      name !== given && !DATASETS.some(({ id }) => id === name) &&
      dataTypeAt(name) === undefined
    );
    const out = hasFolder && folder !== undefined ? ` --out ${folder}` : "";
    return `${command.name()} takes data types, not addresses: flatbed ${command.name()} ${id}${out}`;
  }
  if (hasFolder && isFolderName(given)) {
    return `There is no data type '${given}'. Is it a folder? Say --out ${given}`;
  }
  return message;
}

/** The data type of a URL or prefix. */
function dataTypeAt(name: string): string | undefined {
  if (!name.includes("/")) return undefined;
  try {
    return readPrefix(toKey(name)).dataset?.id;
  } catch {
    return undefined; // an address of somewhere else
  }
}
