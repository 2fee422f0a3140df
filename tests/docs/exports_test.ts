/** What the package's entry points export. */
import { assertEquals } from "@std/assert";
import * as root from "../../mod.ts";
import * as calendar from "../../src/calendar/mod.ts";
import * as catalog from "../../src/catalog/mod.ts";
import * as download from "../../src/download/mod.ts";
import * as gzip from "../../src/gzip/mod.ts";
import * as mirror from "../../src/mirror/mod.ts";

Deno.test("./mirror exports the mirror and its errors, and no downloader", () => {
  assertEquals(Object.keys(mirror).sort(), [
    "FlatbedError",
    "Mirror",
    "MirrorBusyError",
    "MirrorDamagedError",
    "NoSpaceError",
    "NotEnoughSpaceError",
  ]);
});

Deno.test("the root exports what the entry points do", () => {
  assertEquals(
    { ...root },
    { ...calendar, ...catalog, ...download, ...gzip, ...mirror },
  );
  const internal = Object.keys(root).filter((name) =>
    /^(assert|check)[A-Z]/.test(name)
  );
  assertEquals(internal, []);
});
