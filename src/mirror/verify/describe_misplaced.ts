import { formatCount } from "../../base/mod.ts";
import { DATASETS } from "../../catalog/mod.ts";
import type { Message } from "../message.ts";
import type { IgnoredFile } from "./verify_report.ts";

/**
 * Says where misplaced files belong: those that are named like flat files and do not lie
 * under their keys.
 *
 * @param ignored The files that do not belong to a mirror.
 * @returns A sentence; `undefined` if there are none.
 */
export function describeMisplaced(
  ignored: readonly IgnoredFile[],
): Message | undefined {
  const files = ignored.filter(({ code }) => code === "misplaced");
  const [first] = files;
  if (first === undefined) return undefined;
  const verb = files.length === 1
    ? "is named like a flat file but does"
    : "are named like flat files but do";
  return {
    level: "error",
    text: `${
      formatCount(files.length, "file")
    } ${verb} not lie under the key, such as ${first.path}; move them to ${
      likelyPrefix(first.path)
    }/YYYY/MM/ of the mirror, or where else their dataset lies ('flatbed datasets')`,
  };
}

/** The prefix of the dataset that a path most likely belongs to. */
function likelyPrefix(path: string): string {
  const folders = path.split("/").slice(0, -1);
  const scoreOf = (prefix: string) => {
    const [root = "", kind = ""] = prefix.split("/");
    const hasKind = folders.some((folder) =>
      folder === kind || `${folder}_v1` === kind
    );
    const hasRoot = folders.some((folder) =>
      folder !== "" && root.startsWith(folder)
    );
    return Number(hasKind) + Number(hasRoot);
  };
  const [likely = ""] = DATASETS.map(({ prefix }) => prefix)
    .toSorted((a, b) => scoreOf(b) - scoreOf(a));
  return likely;
}
