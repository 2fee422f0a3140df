import { identityOf } from "../../files/mod.ts";
import { listJournals } from "../journal/list_journals.ts";
import { manifestPath } from "./manifest_path.ts";

/** Differs from what it was before somebody wrote to the manifest in a folder, or to a journal. */
export function folderRevision(folder: string): string {
  const path = manifestPath(folder);
  return [
    ...[path, `${path}-wal`].map((file) => identityOf(file) ?? ""),
    ...listJournals(folder).map(({ name, bytes }) => `${name} ${bytes}`),
  ].join();
}
