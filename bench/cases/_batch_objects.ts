import type { BenchContext } from "../bench_context.ts";
import type { DataName } from "../data.ts";
import type { Measurement } from "../measure.ts";

/** Writes keys to a file that the programs read. */
export async function writeKeys(
  context: BenchContext,
  keys: readonly string[],
): Promise<string> {
  const file = `${context.scratch}/keys-${keys.length}.json`;
  await Deno.writeTextFile(file, JSON.stringify(keys));
  return file;
}

/** A check that a program reports so many bytes. */
export function expectBytes(bytes: number): (run: Measurement) => void {
  return ({ output }) => {
    const reported = JSON.parse(output).bytes;
    if (reported !== bytes) {
      throw new Error(`${reported} bytes were downloaded, not ${bytes}`);
    }
  };
}

/** How many bytes objects hold together when they are decompressed. */
export function totalContent(context: BenchContext, name: DataName): number {
  return context.objects(name).reduce((sum, { content }) => sum + content, 0);
}
