import {
  assertEquals,
  assertLessOrEqual,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { dirname } from "node:path";
import { Mirror } from "../../src/mirror/mod.ts";
import { sendListing } from "../support/answers.ts";
import { BUCKET, openDownloader } from "../support/demo.ts";
import { makeFolder } from "../support/folder.ts";
import { RawServer } from "../support/raw_server.ts";
import { keyOf, NOW, WEEK } from "./_mirror.ts";

const DATE = "2024-01-02";
const KEY = keyOf(DATE);

type Call = (mirror: Mirror, signal: AbortSignal) => Promise<unknown>;

/** What the methods request that ask the service, and how they are called. */
const ASKING: Record<string, { method: "LIST" | "HEAD" | "GET"; call: Call }> =
  {
    plan: {
      method: "LIST",
      call: (mirror, signal) => mirror.plan({ ...WEEK, signal }),
    },
    sync: {
      method: "GET",
      call: async (mirror, signal) =>
        await mirror.sync(await mirror.plan(WEEK), { signal }),
    },
    fetch: {
      method: "HEAD",
      call: (mirror, signal) => mirror.fetch(KEY, { signal }),
    },
    verify: {
      method: "LIST",
      call: (mirror, signal) =>
        mirror.verify({ mode: "remote", rebuild: true, signal }),
    },
    findOldestReadable: {
      method: "LIST",
      call: (mirror, signal) =>
        mirror.findOldestReadable("stocks_daily", { signal }),
    },
    entitlement: {
      method: "HEAD",
      call: (mirror, signal) => mirror.entitlement("stocks_daily", { signal }),
    },
  };

/** Those that ask nobody. */
const OTHERS: Record<string, Call> = {
  release: (mirror, signal) => mirror.release({ ...WEEK, signal }),
  coverage: (mirror, signal) => mirror.coverage({ signal }),
  missing: (mirror, signal) => mirror.missing({ signal }),
  acceptMissing: (mirror, signal) =>
    mirror.acceptMissing("stocks_daily", [DATE], { signal }),
  rememberEntitlements: (mirror, signal) =>
    mirror.rememberEntitlements({ signal }),
};

const CALLS = {
  ...Object.fromEntries(
    Object.entries(ASKING).map(([name, { call }]) => [name, call]),
  ),
  ...OTHERS,
};

for (const [name, call] of Object.entries(CALLS)) {
  Deno.test(`Mirror.${name}() rejects with an aborted signal's reason`, async () => {
    await using server = new RawServer((request, wire) =>
      sendListing(request, wire, [KEY])
    );
    await using downloader = openDownloader(server.url);
    await using folder = await makeFolder();
    await using mirror = await Mirror.open(folder.path, {
      downloader,
      now: () => NOW,
    });
    const reason = new Error("enough");
    const requests = name === "sync" ? 1 : 0; // a plan is made first
    assertStrictEquals(
      await assertRejects(() => call(mirror, AbortSignal.abort(reason))),
      reason,
    );
    assertEquals(server.requests.length, requests);
  });
}

for (const [name, { method, call }] of Object.entries(ASKING)) {
  Deno.test(`Mirror.${name}() ends with the signal's reason during a ${method} request, and leaves no connection behind`, async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const { signal } = controller;
    const closed = Promise.withResolvers<void>();
    let abortedAt = 0;
    await using server = new RawServer(async (request, wire) => {
      const isListing = request.query.has("list-type");
      const asked = isListing ? "LIST" : request.method;
      if (asked !== method || signal.aborted) {
        return await sendListing(request, wire, [KEY]);
      }
      abortedAt = performance.now();
      controller.abort(reason);
      await wire.stall(); // until the client closes it
      closed.resolve();
    });
    // The only connection: whoever kept it would leave none to the next call.
    await using downloader = openDownloader(server.url, {
      maxPoolConnections: 1,
    });
    await using folder = await makeFolder();
    await using mirror = await Mirror.open(folder.path, {
      downloader,
      now: () => NOW,
    });
    if (name === "verify") await addFile(folder.path);
    assertStrictEquals(
      await assertRejects(() => call(mirror, signal)),
      reason,
    );
    // Not only because the request has timed out, after 10 seconds.
    assertLessOrEqual(performance.now() - abortedAt, 5000);
    await closed.promise;
    assertEquals(await downloader.listObjects(BUCKET, KEY), [KEY]);
  });
}

/** Adds a file that the mirror does not know: it is looked up in the listing. */
async function addFile(folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/${dirname(KEY)}`, { recursive: true });
  await Deno.writeTextFile(`${folder}/${KEY}`, KEY);
}
