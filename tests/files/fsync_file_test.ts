import { assertEquals } from "@std/assert";
import { fsyncFile } from "../../src/files/fsync_file.ts";

/** A file on a disk that takes so many milliseconds; it notes how it was asked. */
function fileOn(milliseconds: number): { file: Deno.FsFile; calls: string[] } {
  const calls: string[] = [];
  const file = {
    syncSync() {
      calls.push("blocking");
      const end = performance.now() + milliseconds;
      while (performance.now() < end);
    },
    sync() {
      calls.push("elsewhere");
      return Promise.resolve();
    },
  };
  return { file: file as unknown as Deno.FsFile, calls };
}

Deno.test("fsyncFile() blocks only where it may, and where the disk is quick", async () => {
  const slow = fileOn(5);
  await fsyncFile(slow.file, false);
  for (let call = 0; call < 52; call++) await fsyncFile(slow.file, true);
  assertEquals(slow.calls, [
    "elsewhere",
    "blocking",
    ...Array(50).fill("elsewhere"),
    "blocking",
  ]);
  const quick = fileOn(0);
  for (let call = 0; call < 53; call++) await fsyncFile(quick.file, true);
  assertEquals(quick.calls.slice(0, 50), Array(50).fill("elsewhere"));
  assertEquals(quick.calls.slice(50), Array(3).fill("blocking"));
});
