/** A folder that is removed at the end of a test. */
export interface TemporaryFolder extends AsyncDisposable {
  /** Its path. */
  readonly path: string;
  /** The names in it, and in the folders in it, in order; links with what they lead to. */
  names(): Promise<string[]>;
}

/** Makes a temporary folder. */
export async function makeFolder(): Promise<TemporaryFolder> {
  const path = await Deno.makeTempDir({ prefix: "flatbed-test-" });
  return {
    path,
    names: async () => (await Array.fromAsync(walk(path, ""))).sort(),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

async function* walk(path: string, prefix: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory) yield* walk(`${path}/${name}`, `${prefix}${name}/`);
    else yield prefix + name;
  }
}
