import { DATASETS, getDataset } from "../../catalog/mod.ts";
import type { ListedCopy } from "../destination/destination.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { type MirrorFile, mirrorFileAt } from "../mirror_file.ts";
import { problemOf } from "./problem_of.ts";
import type { Verification } from "./verification.ts";

const IS_OTHER =
  "it is not what the bucket lists: 'flatbed sync' fetches it again";
const IS_UNLISTED =
  "the bucket does not list a file of that day, so that nothing can prove it: move it out of the folder, and nothing is wrong any more";

/**
 * Checks what is in the folder besides the files that the manifest knows.
 *
 * @param unlisted The paths of files that a rebuild found, and the bucket does not list.
 */
export async function checkFolder(
  verification: Verification,
  unlisted: ReadonlySet<string> | undefined,
): Promise<void> {
  const { context, dataTypes, options } = verification;
  const { destination, manifest } = context;
  const prefixes = dataTypes?.map((name) => getDataset(name).prefix);
  const unknown: MirrorFile[] = [];
  const isKnown = knownPaths(manifest);
  for (const below of prefixes ?? [""]) {
    for await (const listed of destination.list(below)) {
      options.signal?.throwIfAborted();
      const { path, isRegular } = listed;
      if (isKnown(path)) continue; // also where a link leads to it
      const file = mirrorFileAt(path);
      if (!context.isMine(file?.key ?? path)) continue;
      if (file === undefined) {
        await checkOther(verification, listed);
      } else if (isRegular) {
        unknown.push(file);
      } else {
        verification.ignore({ path, code: "foreign" });
      }
    }
  }
  // One that has come to its name is whole: its writer, or the next one, takes it in.
  const arrived = new Set<string>();
  for (const { path, was } of manifest.arrivals()) {
    const there = await destination.stat(path);
    if (there?.identity !== was) arrived.add(path);
  }
  for (const file of unknown) {
    const { path } = file;
    const hasCome = arrived.has(path) ||
      manifest.entry(file.key, file.encoding) !== undefined;
    if (hasCome) continue;
    verification.addProblem(problemOf(
      file,
      "untracked",
      unlisted !== undefined
        ? unlisted.has(path) ? IS_UNLISTED : IS_OTHER
        : file.encoding === "stored"
        ? "not downloaded by Flatbed; 'flatbed sync' of its data type, or 'flatbed verify --rebuild' for all, compares it with the bucket and adopts it where it matches"
        : "not downloaded by Flatbed, and content cannot be compared with the bucket: 'flatbed verify --rebuild' adopts it where it is no older than the object",
    ));
  }
}

async function checkOther(
  verification: Verification,
  { path, isRegular, partOf }: ListedCopy,
): Promise<void> {
  const whole = isRegular && partOf !== undefined
    ? mirrorFileAt(partOf)
    : undefined;
  if (whole === undefined) {
    const isMisplaced = isRegular && /(^|\/)\d{4}-\d{2}-\d{2}\.csv(\.gz)?$/
      .test(path);
    const code = isMisplaced ? "misplaced" : "foreign";
    return verification.ignore({ path, code });
  }
  const { destination, isWriter } = verification.context;
  // Where this is the writer, nobody else puts anything.
  if (!isWriter && await destination.isBeingPut(whole.path)) return;
  verification.ignore({ path, code: "part" });
}

/** Whether the manifest knows a path. Those of a data type, which are listed together, are looked up together. */
function knownPaths(manifest: Manifest): (path: string) => boolean {
  let folder = "";
  let paths: ReadonlySet<string> = new Set();
  const parquet = new Set(manifest.parquet("").map(({ path }) => path));
  return (path) => {
    if (parquet.has(path)) return true;
    if (folder === "" || !path.startsWith(folder)) {
      const dataset = DATASETS.find(({ prefix }) =>
        path.startsWith(`${prefix}/`)
      );
      if (dataset === undefined) return false;
      folder = `${dataset.prefix}/`;
      paths = manifest.paths(dataset.id);
    }
    return paths.has(path);
  };
}
