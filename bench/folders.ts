/** Makes a folder that is empty. */
export async function makeEmpty(path: string): Promise<void> {
  await remove(path);
  await Deno.mkdir(path, { recursive: true });
}

/** Removes whatever is at a path, or nothing. */
export async function remove(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** Throws unless a folder holds so many files and so many bytes; what begins with a dot does not count. */
export async function expectFiles(
  path: string,
  count: number,
  bytes?: number,
): Promise<void> {
  const found = await sumOf(path);
  if (
    found.count !== count || (bytes !== undefined && found.bytes !== bytes)
  ) {
    throw new Error(
      `${found.count} files with ${found.bytes} bytes were written, not ${count} with ${
        bytes ?? "any"
      }`,
    );
  }
}

async function sumOf(path: string): Promise<{ count: number; bytes: number }> {
  const sum = { count: 0, bytes: 0 };
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (name.startsWith(".")) continue;
    if (isDirectory) {
      const { count, bytes } = await sumOf(`${path}/${name}`);
      sum.count += count;
      sum.bytes += bytes;
    } else {
      sum.count++;
      sum.bytes += (await Deno.stat(`${path}/${name}`)).size;
    }
  }
  return sum;
}

/** Throws unless a file has so many bytes. */
export async function expectFile(path: string, size: number): Promise<void> {
  const file = await Deno.stat(path);
  if (file.size !== size) {
    throw new Error(`${file.size} bytes were written, not ${size}`);
  }
}
