import { mayWriteTo } from "../open_mirror.ts";
import { isBucket } from "../out_options.ts";

/**
 * Why a mirror cannot be written to, as far as that can be told without writing, to
 * complete "Nothing can be started or changed there: …". Nothing is said of a
 * bucket, or of a mirror that is not there yet.
 */
export async function whyReadOnly(out: string): Promise<string | undefined> {
  if (!await mayWriteTo(out)) {
    return `Deno has no permission to write to ${out}; --allow-write=${out} gives it`;
  }
  if (isBucket(out)) return undefined;
  try {
    // The manifest is opened as a job would, and left as it is.
    const options = { write: true, create: false };
    (await Deno.open(`${out}/.flatbed/manifest.sqlite`, options)).close();
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) {
      return `you have no permission to write to the mirror in ${out}`;
    }
    if (error instanceof Error && "code" in error && error.code === "EROFS") {
      return `the mirror in ${out} lies on a read-only file system`;
    }
  }
  return undefined;
}
