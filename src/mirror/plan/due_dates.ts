import {
  type DataType,
  getDataset,
  getFileDates,
  isDue,
} from "../../catalog/mod.ts";
import type { MirrorContext } from "../mirror_context.ts";

/** The days of a range whose files are due in this shard; those that never have one, as was accepted, are left out. */
export function dueDates(
  { catalog, isMine, manifest, now }: Pick<
    MirrorContext,
    "catalog" | "isMine" | "manifest" | "now"
  >,
  dataType: DataType,
  from: string,
  to: string,
  options: { optional: boolean },
): string[] {
  const accepted = new Set(manifest.acceptedDates(dataType));
  const { firstDate } = getDataset(dataType);
  return getFileDates(dataType, from, to, options).filter((date) =>
    date >= firstDate && isDue(date, now()) && !accepted.has(date) &&
    isMine(catalog.getKey(dataType, date))
  );
}
