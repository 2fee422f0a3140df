import { assertEquals } from "@std/assert";
import { Mirror } from "../../src/mirror/mod.ts";
import { sendObject } from "../support/answers.ts";
import { md5 } from "../support/hash.ts";
import { openDownloader } from "../support/demo.ts";
import { makeFolder } from "../support/folder.ts";
import { RawServer } from "../support/raw_server.ts";
import { keyOf, NOW, packed } from "./_mirror.ts";

const KEY = keyOf("2024-01-02");
const DAY = {
  dataTypes: ["stocks_daily"],
  from: "2024-01-02",
  to: "2024-01-02",
};

/** A service with one object whose ETag the listing writes in its own way. */
function serve(
  body: Uint8Array,
  listed: (etag: string) => string,
): RawServer {
  const entry = `<Contents><Key>${KEY}</Key><ETag>${
    listed(md5(body)).replaceAll('"', "&quot;")
  }</ETag><Size>${body.length}</Size></Contents>`;
  return new RawServer((request, wire) =>
    request.query.has("list-type")
      ? wire.answer(
        200,
        `<ListBucketResult><IsTruncated>false</IsTruncated>${entry}</ListBucketResult>`,
      )
      : sendObject(request, wire, body)
  );
}

Deno.test("a file is up to date however the listing writes its ETag, and is replaced where it is another one", async () => {
  const body = await packed("2024-01-02");
  const spellings: readonly (readonly [
    listed: (etag: string) => string,
    state: string,
    problems: string[],
  ])[] = [
    [(etag) => `"${etag}"`, "present", []],
    [(etag) => etag, "present", []],
    [(etag) => `W/"${etag}"`, "present", []],
    [(etag) => `"${etag.toUpperCase()}"`, "present", []],
    [(etag) => `W/${etag.toUpperCase()}`, "present", []],
    [(etag) => `"${etag}-2"`, "replaced", ["outdated"]],
    [(etag) => `"${md5(new TextEncoder().encode(etag))}"`, "replaced", [
      "outdated",
    ]],
  ];
  for (const [listed, state, problems] of spellings) {
    await using server = serve(body, listed);
    await using folder = await makeFolder();
    await using downloader = openDownloader(server.url);
    await using mirror = await Mirror.open(folder.path, {
      downloader,
      now: () => NOW,
    });
    const { fetched } = await mirror.sync(await mirror.plan(DAY));
    assertEquals(fetched, 1);
    const { items } = await mirror.plan(DAY);
    assertEquals(items.map(({ state }) => state), [state], `${listed}`);
    const report = await mirror.verify({ mode: "remote" });
    assertEquals(report.problems.map(({ code }) => code), problems);
  }
});
