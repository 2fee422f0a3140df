/**
 * A mirror in a bucket, of services that take writes.
 *
 * @module
 */
import {
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { Mirror, type MirrorOptions } from "../../src/mirror/mod.ts";
import {
  findServer,
  SERVERS,
  type StartedServer,
  startServer,
} from "../interop/_servers.ts";
import { startRecorded } from "../support/demo.ts";
import { makeFolder, type TemporaryFolder } from "../support/folder.ts";
import { NOW, type Setup, setUp } from "./_mirror.ts";

/** A service with a bucket that may be written to. */
export type BucketService =
  & Pick<StartedServer, "url" | "bucket" | "credentials">
  & AsyncDisposable;

/** A mirror's bucket, and the service that its files come from. */
export interface BucketSetup extends AsyncDisposable {
  /** Where the files come from. */
  source: Setup;
  service: BucketService;
  /** Where the mirror is. */
  location: string;
  /** For what may be forgotten. */
  cache: TemporaryFolder;
  /** Opens the mirror; with its own cache, as another machine does. */
  open(options?: MirrorOptions & { cacheFolder?: string }): Promise<Mirror>;
  /** The paths of all objects, without the mirror's own. */
  paths(): Promise<string[]>;
  /** The paths of the mirror's own objects. */
  state(): Promise<string[]>;
  /** Puts an object at a path as another program does. */
  put(path: string, bytes: Uint8Array): Promise<void>;
  /** Removes an object as another program does. */
  remove(path: string): Promise<void>;
  /** How many uploads in parts have not ended. */
  openUploads(): Promise<number>;
}

/** The services that the tests run on, where they are to be had. */
export const SERVICES: Readonly<
  Record<string, {
    isThere: boolean;
    /** Whether it removes and copies objects, and lists uploads. */
    removes: boolean;
    start(): Promise<BucketService>;
  }>
> = {
  "the demo service": {
    isThere: true,
    removes: false,
    start() {
      const server = startRecorded({
        scale: 0.01,
        objects: [],
        writable: true,
      });
      return Promise.resolve(server);
    },
  },
  ...Object.fromEntries(
    await Promise.all(
      SERVERS.filter(({ name }) => name === "versitygw").map(
        async (server) => {
          const path = await findServer(server);
          return [server.name, {
            isThere: path !== undefined,
            removes: true,
            start: () => startServer(server, path ?? ""),
          }] as const;
        },
      ),
    ),
  ),
};

/** Starts a service for a mirror, and one for its files. */
export async function setUpBucket(
  start: () => Promise<BucketService>,
  prefix: string = crypto.randomUUID(),
): Promise<BucketSetup> {
  await using stack = new AsyncDisposableStack();
  const source = stack.use(await setUp());
  const service = stack.use(await start());
  const cache = stack.use(await makeFolder());
  const client = stack.adopt(
    new S3Client({
      endpoint: service.url,
      region: "us-east-1",
      forcePathStyle: true,
      credentials: service.credentials,
      requestHandler: new FetchHttpHandler(),
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    }),
    (client) => client.destroy(),
  );
  const Bucket = service.bucket;
  const root = prefix === "" ? "" : `${prefix.replace(/\/+$/, "")}/`;
  const keyOf = (path: string) => `${root}${path}`;
  const list = async () => {
    const paths: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const { Contents = [], NextContinuationToken } = await client.send(
        new ListObjectsV2Command({ Bucket, Prefix: root, ContinuationToken }),
      );
      paths.push(...Contents.map(({ Key = "" }) => Key.slice(root.length)));
      ContinuationToken = NextContinuationToken;
    } while (ContinuationToken !== undefined);
    return paths.sort();
  };
  const location = `s3://${Bucket}/${prefix}`;
  const owned = stack.move();
  return {
    source,
    service,
    location,
    cache,
    open: ({ cacheFolder = cache.path, ...options } = {}) =>
      Mirror.open(location, {
        downloader: source.downloader,
        now: () => NOW,
        out: { client, cacheFolder, maxRetries: 1 },
        ...options,
      }),
    paths: async () =>
      (await list()).filter((path) => !path.startsWith(".flatbed/")),
    state: async () =>
      (await list()).filter((path) => path.startsWith(".flatbed/")),
    async put(path, Body) {
      await client.send(
        new PutObjectCommand({ Bucket, Key: keyOf(path), Body }),
      );
    },
    async remove(path) {
      await client.send(new DeleteObjectCommand({ Bucket, Key: keyOf(path) }));
    },
    async openUploads() {
      const { Uploads = [] } = await client.send(
        new ListMultipartUploadsCommand({ Bucket }),
      );
      return Uploads.length;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
