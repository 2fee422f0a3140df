import type { DamagedObject } from "../../download/mod.ts";
import { DAMAGED_ENDING } from "../../files/mod.ts";
import { damagedLine } from "../describe_damaged.ts";
import { printError, printJson } from "../terminal.ts";

/** Tells of an object that is damaged at source. */
export function tellDamaged(
  damaged: DamagedObject & { key: string },
  json: boolean,
): void {
  const { place, ...file } = damaged;
  const { key, path, gzipFault, keptAs } = file;
  if (json) {
    const isFetched = place === "fetched" || place === "beside";
    return printJson({ code: "damaged-at-source", ...file, isFetched });
  }
  switch (place) {
    case "none":
      return printError(
        damagedLine({ name: key, gzipFault }, "no-content", keptAs),
      );
    case "beside": {
      const name = path.slice(0, -DAMAGED_ENDING.length);
      return printError(
        `${
          damagedLine({ name, gzipFault }, "beside")
        }: they are in ${path}, and the older version that was there stays`,
      );
    }
    default:
      return printError(damagedLine({ name: path, gzipFault }, "kept", keptAs));
  }
}
