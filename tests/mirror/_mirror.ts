import { DatabaseSync } from "node:sqlite";
import type {
  AsyncS3Downloader,
  AsyncS3DownloaderOptions,
} from "../../src/download/mod.ts";
import { S3Catalog } from "../../src/catalog/mod.ts";
import { Mirror, type MirrorOptions } from "../../src/mirror/mod.ts";
import type {
  DemoServerOptions,
  RequestRecord,
  StaticObject,
} from "../../src/demo/mod.ts";
import { csv, gzip } from "../support/data.ts";
import {
  openDownloader,
  type RecordedServer,
  startRecorded,
} from "../support/demo.ts";
import { makeFolder, type TemporaryFolder } from "../support/folder.ts";

const catalog = new S3Catalog("flatfiles", { layout: "live" });

/** The key of a date's `stocks_daily` file. */
export function keyOf(date: string, dataType = "stocks_daily"): string {
  return catalog.getKey(dataType, date);
}

/** A date's content in these tests. */
export function contentOf(date: string): Uint8Array<ArrayBuffer> {
  return csv(3000, Number(date.replaceAll("-", "")));
}

/** A date's object in these tests. */
export async function packed(
  date: string,
): Promise<Uint8Array<ArrayBuffer>> {
  return await gzip(contentOf(date));
}

/** A demo service, a folder and what a mirror needs of both. */
export interface Setup extends AsyncDisposable {
  server: RecordedServer;
  folder: TemporaryFolder;
  /** What asks the service. */
  downloader: AsyncS3Downloader;
  /** Opens the mirror in the folder. */
  open(options?: MirrorOptions): Promise<Mirror>;
  /** The requests since it was last called, as `GET key` or `LIST prefix`. */
  requests(): string[];
}

/** The first trading days of 2024. */
export const DATES = ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"];

/** When all of {@linkcode DATES} are due, and the day after them is not. */
export const NOW = new Date("2024-01-08T17:00:00Z");

/** The range of {@linkcode DATES}. */
export const WEEK = {
  dataTypes: ["stocks_daily"],
  from: "2024-01-01",
  to: "2024-01-07",
};

/** Starts a service whose files of {@linkcode DATES} are small, and makes a folder. */
export async function setUp(
  { objects = [], downloader = {}, ...options }:
    & Omit<DemoServerOptions, "onRequest" | "credentials">
    & { downloader?: AsyncS3DownloaderOptions } = {},
): Promise<Setup> {
  const small: [string, StaticObject][] = [];
  for (const date of DATES) {
    const body = await packed(date);
    small.push([keyOf(date), {
      body,
      lastModified: new Date("2024-01-06T00:00:00Z"),
    }]);
  }
  const server = startRecorded({
    scale: 0.01,
    objects: [...small, ...objects],
    ...options,
  });
  const folder = await makeFolder();
  const asking = openDownloader(server.url, {
    // So few that no threads are started for them: small files need none.
    maxPoolConnections: 15,
    ...downloader,
  });
  let seen = 0;
  return {
    server,
    folder,
    downloader: asking,
    open: (options = {}) =>
      Mirror.open(folder.path, {
        downloader: asking,
        now: () => NOW,
        ...options,
      }),
    requests: () => {
      const records = server.records.slice(seen);
      seen = server.records.length;
      return records.map(describe).sort();
    },
    async [Symbol.asyncDispose]() {
      await asking[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function describe({ method, operation, key, query }: RequestRecord): string {
  return operation?.startsWith("List")
    ? `LIST ${query.prefix}`
    : `${method} ${key}`;
}

/** What a mirror's manifest says, read without the mirror's own code. */
export function manifestRows(
  folder: string,
  sql = "SELECT * FROM files ORDER BY key, form",
): Record<string, unknown>[] {
  const db = new DatabaseSync(`${folder}/.flatbed/manifest.sqlite`);
  try {
    return db.prepare(sql).all().map((row) => ({ ...row }));
  } finally {
    db.close();
  }
}
