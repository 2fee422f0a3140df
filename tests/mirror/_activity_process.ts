/**
 * Begins an activity on a mirror, says that it has, and goes on until it is killed.
 *
 * @module
 */
import { Mirror } from "../../src/mirror/mod.ts";

const [folder = ""] = Deno.args;
await using mirror = await Mirror.open(folder, {
  readOnly: true,
  command: "flatbed other",
});
await using run = await mirror.beginActivity({ about: "stocks_daily" });
run.begin("fetching", { files: 2, bytes: 1000 });
run.update("a/key", 10, 500);
run.tell({ level: "error", word: "failed", text: "Cannot read 'b/key'" });
for (let bytes = 10;; bytes++) {
  run.update("a/key", bytes, 500);
  await new Promise((resolve) => setTimeout(resolve, 100));
}
