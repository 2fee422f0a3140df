import { ignoreAbsent } from "./absent.ts";
import { withFileSync } from "./file_errors.ts";

/** What tells a file from any other one that takes its place. */
export function fileIdentity(
  { dev, ino, size, mtime }: Deno.FileInfo,
): string {
  return [dev, ino, size, mtime?.getTime()].join(" ");
}

/** The same of the file at a path; `undefined` where there is none. */
export function identityOf(path: string): string | undefined {
  const file = statFile(path);
  return file && fileIdentity(file);
}

/**
 * What is known of a file, links followed; `undefined` where there is none. At once:
 * many files are asked for faster like this.
 */
export function statFile(path: string): Deno.FileInfo | undefined {
  return withFileSync("read", path, () => {
    try {
      const file = Deno.statSync(path);
      return file.isFile ? file : undefined;
    } catch (error) {
      return ignoreAbsent(error);
    }
  });
}
