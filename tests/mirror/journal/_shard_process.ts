import { parseShard } from "../../../src/catalog/mod.ts";
import { Manifest } from "../../../src/mirror/manifest/manifest.ts";
import { describeProcess } from "../../../src/mirror/manifest/mirror_lock.ts";
import { randomChange, randomFrom } from "./_random_changes.ts";

// A shard that notes changes until it is killed, and says of each that it is on the disk.
const [folder = "", shard = "", seed = "", first = ""] = Deno.args;
const { index, count } = parseShard(shard);
const holder = describeProcess("test", new Date());
using manifest = Manifest.openForShard(folder, { index, count }, holder);
const random = randomFrom(Number(seed));
const encoder = new TextEncoder();
for (let version = Number(first);; version++) {
  const change = randomChange(random, version);
  if (!change.isOf({ index, count })) continue;
  change.apply(manifest);
  Deno.stdout.writeSync(encoder.encode(`${version}\n`));
}
