/**
 * A fault of the service or the connection, met in each way of downloading: what comes of it is the
 * exact bytes, or a typed error.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import type {
  AsyncS3Downloader,
  AsyncS3DownloaderOptions,
} from "../../src/download/mod.ts";
import { FlatbedError, type FlatbedErrorCode } from "../../src/base/mod.ts";
import { sendObject } from "../support/answers.ts";
import { csv, gzip, joined, sizeAndSum } from "../support/data.ts";
import { BUCKET, openDownloader } from "../support/demo.ts";
import { makeFolder } from "../support/folder.ts";
import {
  type RawRequest,
  RawServer,
  type Wire,
} from "../support/raw_server.ts";
import { TEST_CREDENTIALS } from "../support/store.ts";

/** The object that is downloaded. */
const KEY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";
/** What it holds, and the gzip data that it is. */
const CONTENT = csv(400_000);
export const BODY = await gzip(CONTENT);
const OTHER_CONTENT = csv(380_000, 2);
/** What it is replaced with. */
export const OTHER_BODY = await gzip(OTHER_CONTENT);

/** An answer to the n-th request of its method, counted from 0. */
export type Answer = (request: RawRequest, wire: Wire, n: number) => unknown;

/** What a fault must come to. */
type Outcome = "the bytes" | "the new bytes" | {
  // deno-lint-ignore no-explicit-any -- any of the error classes
  is: new (...args: any[]) => FlatbedError;
  code: FlatbedErrorCode;
  says: string;
};

/** A fault, and what must come of it. */
export interface Fault {
  what: string;
  answer: Answer;
  /** What comes of it where it happens to every request. */
  always: Outcome;
  /** What comes of it where it happens once, and all is well afterwards. */
  once?: Outcome;
  options?: AsyncS3DownloaderOptions;
  /** The ways of downloading that it concerns; all where it is not given. */
  ways?: readonly Way[] | undefined;
}

/** The ways of downloading; each gives the object as stored, or its content. */
const WAYS = {
  "downloadOne() as stored": (downloader: AsyncS3Downloader) =>
    downloader.downloadOne(BUCKET, KEY, { decompress: false }),
  "downloadOne()": (downloader: AsyncS3Downloader) =>
    downloader.downloadOne(BUCKET, KEY),
  "openStream()": async (downloader: AsyncS3Downloader) =>
    joined(
      ...await Array.fromAsync(await downloader.openStream(BUCKET, KEY)),
    ),
  "downloadToFile()": async (downloader: AsyncS3Downloader, path: string) => {
    await downloader.downloadToFile(BUCKET, KEY, path);
    return await Deno.readFile(path);
  },
  "downloadToFile() as stored": async (
    downloader: AsyncS3Downloader,
    path: string,
  ) => {
    await downloader.downloadToFile(BUCKET, KEY, path, {
      decompress: false,
    });
    return await Deno.readFile(path);
  },
  "downloadToFile() in ranges": async (
    downloader: AsyncS3Downloader,
    path: string,
  ) => {
    await downloader.downloadToFile(BUCKET, KEY, path, {
      decompress: false,
      expectedSize: BODY.length,
    });
    return await Deno.readFile(path);
  },
} as const;

/** One of them. */
export type Way = keyof typeof WAYS;

/** Those that can start over, since nothing has been given out yet. */
export const REPEATABLE = [
  "downloadOne() as stored",
  "downloadOne()",
  "downloadToFile()",
  "downloadToFile() as stored",
  "downloadToFile() in ranges",
] as const;

/** Those without ranges. */
export const STREAMED = [
  "downloadOne() as stored",
  "downloadOne()",
  "openStream()",
  "downloadToFile()",
  "downloadToFile() as stored",
] as const;

/** Makes a test of a fault. */
export function testFault(
  { what, answer, always, once, options, ways }: Fault,
): void {
  Deno.test(`a download meets ${what}`, async () => {
    const meetAll = (answer: Answer, outcome: Outcome) =>
      Promise.all(
        (ways ?? Object.keys(WAYS) as Way[]).flatMap((way) =>
          [false, true].map((allowSyncIO) =>
            meet(way, answer, outcome, { allowSyncIO, ...options })
          )
        ),
      );
    // Side by side: most of the time they wait.
    await Promise.all([
      meetAll(answer, always),
      once !== undefined && meetAll(onlyFirst(answer), once),
    ]);
  });
}

/** An answer that goes wrong the first time only. */
function onlyFirst(answer: Answer): Answer {
  return (request, wire, n) =>
    n === 0 ? answer(request, wire, n) : sendObject(request, wire, BODY);
}

/** Downloads in one way from a service that answers so, and looks at what comes of it. */
async function meet(
  way: Way,
  answer: Answer,
  outcome: Outcome,
  options: AsyncS3DownloaderOptions = {},
): Promise<void> {
  await using folder = await makeFolder();
  const path = `${folder.path}/file`;
  const counts = new Map<string, number>();
  await using server = new RawServer((request, wire) => {
    const n = counts.get(request.method) ?? 0;
    counts.set(request.method, n + 1);
    return answer(request, wire, n);
  });
  await using downloader = openDownloader(server.url, {
    ...way === "downloadToFile() in ranges"
      ? { rangeThreshold: 1000, rangeSize: 40_000 }
      : {},
    ...options,
  });
  const result = await WAYS[way](downloader, path).then(
    (bytes) => ({ bytes }),
    (error: unknown) => ({ error }),
  );
  if (typeof outcome === "string") {
    if ("error" in result) throw result.error;
    const isStored = /as stored|in ranges/.test(way);
    const [content, body] = outcome === "the bytes"
      ? [CONTENT, BODY]
      : [OTHER_CONTENT, OTHER_BODY];
    assertEquals(
      [way, sizeAndSum(result.bytes)],
      [way, sizeAndSum(isStored ? body : content)],
    );
    const isFile = way.startsWith("downloadToFile");
    assertEquals(await folder.names(), isFile ? ["file"] : []);
    return;
  }
  assert("error" in result, `${way}: ${outcome.code} was expected`);
  const { error } = result;
  assertInstanceOf(error, outcome.is, `${way}: ${error}`);
  assertInstanceOf(error, FlatbedError);
  assertEquals([way, error.code, error.key], [way, outcome.code, KEY]);
  assertStringIncludes(error.message, outcome.says, way);
  assertMatch(error.message, /^Cannot (download|decompress|look up) '/);
  // deno-lint-ignore no-control-regex -- what a terminal would obey
  assertMatch(error.message, /^[^\x00-\x1f\x7f-\x9f]*[^.]$/);
  const shown = Deno.inspect(error);
  assert(!shown.includes(TEST_CREDENTIALS.secretAccessKey), shown);
  const names = await folder.names();
  assert(!names.includes("file"), `${way} left ${names}`);
}
