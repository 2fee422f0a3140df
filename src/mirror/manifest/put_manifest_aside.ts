import { manifestPath } from "./manifest_path.ts";

/** Renames a manifest that cannot be read, so that a new one can take its place. */
export async function putManifestAside(
  folder: string,
  now: Date,
): Promise<void> {
  const path = manifestPath(folder);
  const stamp = now.toISOString().replaceAll(/[^0-9TZ]/g, "");
  for (const ending of ["-wal", "-shm", ""]) {
    await Deno.rename(path + ending, `${path}.damaged-${stamp}${ending}`)
      .catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
  }
}
