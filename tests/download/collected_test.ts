import { assertEquals } from "@std/assert";
import { ROOT, runDeno } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";

Deno.test("AsyncS3Downloader heeds signals and the timeout after memory has been collected", async () => {
  await using folder = await makeFolder();
  const program = new URL("tests/support/collected.ts", ROOT).pathname;
  const { stdout, stderr } = await runDeno(
    ["run", "-A", "--v8-flags=--expose-gc", program, folder.path],
  );
  assertEquals(
    stdout,
    `downloadOne enough
downloadToFile enough
openStream enough
timeout no byte arrived for 0.3 seconds
`,
    stderr,
  );
});
