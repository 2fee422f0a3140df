import type { MirrorContext } from "../mirror_context.ts";

/**
 * Drops the pieces of files that are whole: a shard that was late may have fetched some
 * again, or one was killed before it could remove them.
 *
 * @param context The mirror, of no shard: others may still write to the pieces of theirs.
 * @param settled The paths of the files that are whole, in the newest version.
 */
export async function dropSettled(
  { destination: { pieces } }: MirrorContext,
  settled: ReadonlySet<string>,
): Promise<void> {
  if (pieces === undefined || settled.size === 0) return;
  const dropped = new Set<string>();
  for await (const { path } of pieces.list()) {
    if (!settled.has(path) || dropped.has(path)) continue;
    dropped.add(path);
    await pieces.drop(path);
  }
}
