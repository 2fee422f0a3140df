import { fileURLToPath } from "node:url";
import {
  answers,
  type BenchServer,
  freePort,
  startChild,
} from "./bench_server.ts";
import { writeListings } from "./listing.ts";

const SCRIPT = fileURLToPath(new URL("server.ts", import.meta.url));

/** Starts the benchmark's own server over a folder of objects. */
export async function startOwnServer(
  objects: string,
  scratch: string,
): Promise<BenchServer> {
  await using cleanup = new AsyncDisposableStack();
  const port = freePort();
  const listings = `${scratch}/listings`;
  await writeListings([], listings);
  const child = cleanup.use(startChild(Deno.execPath(), [
    ...["run", "-A", "--quiet", "--no-config", "--no-lock", SCRIPT],
    ...[`${port}`, objects, listings],
  ]));
  if (!await answers(port, child.isRunning)) {
    throw new Error("The benchmark's own server did not start");
  }
  const owned = cleanup.move();
  return {
    url: `http://127.0.0.1:${port}`,
    description: `the benchmark's own server, Deno ${Deno.version.deno}`,
    async reload(known) {
      await writeListings(known, listings);
      const etags = Object.fromEntries(
        known.flatMap(({ key, md5 }) => md5 === undefined ? [] : [[key, md5]]),
      );
      await Deno.writeTextFile(`${listings}/etags.json`, JSON.stringify(etags));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
