import { type DataType, getDataset } from "../../catalog/mod.ts";
import { mirrorFile } from "../mirror_file.ts";

/** Which of a dataset's keys. */
export interface KeyRangeFilter {
  readonly dataType: DataType;
  /** The first date. */
  readonly from?: string | undefined;
  /** The last date. */
  readonly to?: string | undefined;
}

/** The first and the last key that those of some days can be, in the order of texts. */
export function keyRange(
  { dataType, from, to }: KeyRangeFilter,
): [first: string, last: string] {
  const { prefix } = getDataset(dataType);
  const keyOf = (date: string) => mirrorFile(dataType, date, "stored").key;
  return [
    from === undefined ? `${prefix}/` : keyOf(from),
    to === undefined ? `${prefix}/~` : keyOf(to),
  ];
}
