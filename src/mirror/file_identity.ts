import { withFile, withFileSync } from "../store/mod.ts";

/** What tells a file apart from every other one that takes its place; `undefined` where there is none. */
export async function identityOf(path: string): Promise<string | undefined> {
  const file = await statFile(path);
  return file &&
    [file.dev, file.ino, file.size, file.mtime?.getTime()].join(" ");
}

/** What is known of a file, links followed; `undefined` where there is none. */
export async function statFile(
  path: string,
): Promise<Deno.FileInfo | undefined> {
  return await withFile("read", path, async () => {
    try {
      const file = await Deno.stat(path);
      return file.isFile ? file : undefined;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  });
}

/** As {@linkcode statFile}, at once: many files are asked for faster like this. */
export function statFileSync(path: string): Deno.FileInfo | undefined {
  return withFileSync("read", path, () => {
    try {
      const file = Deno.statSync(path);
      return file.isFile ? file : undefined;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  });
}

/** Whether an error says that there is no such file. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory;
}
