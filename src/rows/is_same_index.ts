import { unpackWindow } from "../gzip/mod.ts";
import type { RowIndex } from "./row_index.ts";

/**
 * Whether two indexes of one object say the same. How their windows are compressed does not
 * matter.
 *
 * @param a An index.
 * @param b Another one.
 * @returns Whether they say the same.
 * @throws {GzipFault} If a window is damaged.
 */
export function isSameIndex(a: RowIndex, b: RowIndex): boolean {
  if (textOf(a) !== textOf(b)) return false;
  return a.gzip.checkpoints.every(({ window }, number) =>
    isSameWindow(window, b.gzip.checkpoints[number]?.window)
  );
}

/** Everything but the windows. */
function textOf(index: RowIndex): string {
  const { gzip } = index;
  const checkpoints = gzip.checkpoints.map((point) => ({
    ...point,
    window: undefined,
  }));
  const all = {
    ...index,
    gzip: { ...gzip, checkpoints },
  };
  return JSON.stringify(all, (_, value: unknown) => {
    if (typeof value === "bigint") return `${value}`;
    if (value instanceof Uint8Array || Array.isArray(value)) return [...value];
    const isObject = typeof value === "object" && value !== null;
    return isObject ? inOrder(value) : value;
  });
}

/** An object with its properties in the order of their names. */
function inOrder(value: object): object {
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1),
  );
}

function isSameWindow(
  a: Uint8Array,
  b: Uint8Array = new Uint8Array(),
): boolean {
  const [left, right] = [unpackWindow(a), unpackWindow(b)];
  return left.length === right.length &&
    left.every((byte, at) => byte === right[at]);
}
