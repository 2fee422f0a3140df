/**
 * Somebody who fills a bucket of a service that somebody else wrote, through a proxy in
 * which requests can fail.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { openTestBucket } from "../mirror/destination/_bucket.ts";
import { gzipStored, noise } from "../support/data.ts";
import { startRecorded } from "../support/demo.ts";
import {
  denoCommand,
  denoDir,
  environmentOf,
  ROOT,
  runFlatbed,
} from "../support/deno_command.ts";
import { makeFolder, type TemporaryFolder } from "../support/folder.ts";
import type { Outcome } from "../support/program.ts";
import { S3Proxy } from "./_s3_proxy.ts";
import type { StartedServer } from "./_servers.ts";

const MiB = 1024 * 1024;
const DAY = "2024-01-02";
/** The key of the file that is fetched. */
export const KEY = `us_stocks_sip/day_aggs_v1/2024/01/${DAY}.csv.gz`;
/** A file of six parts. */
export const LARGE = gzipStored(noise(44 * MiB));
/** The numbers of its parts. */
export const PARTS: readonly number[] = [1, 2, 3, 4, 5, 6];

/** Keys that a service takes. */
export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

/** Somebody who fills a bucket behind a proxy, from a source with one file. */
export interface BucketUser extends AsyncDisposable {
  readonly proxy: S3Proxy;
  /** The user's folder. */
  readonly folder: TemporaryFolder;
  /** What no command may print. */
  readonly secrets: string[];
  /** Syncs, with an environment of its own. */
  sync(more?: Record<string, string>): Promise<Outcome>;
  /** Syncs, and must fail with a code; it does not wait for better times. Returns what it says. */
  failingSync(code: number, more?: Record<string, string>): Promise<string>;
  /** Syncs, and is killed when the service has done a request for the file, before its answer. */
  killedSync(operation: string): Promise<void>;
  /** What was asked of the file's source since the last call, as `HEAD` and `GET`. */
  fetches(): string[];
  /** The paths below which the mirror notes uploads that have not ended. */
  uploadsOnRecord(): Promise<string[]>;
  /** Nothing interferes any more, and a sync sends the other parts, and no others. */
  goOn(sent: readonly number[], more?: Record<string, string>): Promise<void>;
  /** The numbers of the parts that were sent and taken since the last call. */
  partsSent(): number[];
  /** Nothing is there under the final name. */
  assertNothingShown(): Promise<void>;
  /** A full verification says that it is whole, and so many uploads are left over. */
  assertWhole(uploads?: number, more?: Record<string, string>): Promise<void>;
}

/** A source with one file, and a user who has a bucket behind a proxy. */
export async function openUser(
  service: StartedServer,
  keys: Keys = service.credentials,
  file: Uint8Array<ArrayBuffer> = LARGE,
): Promise<BucketUser> {
  await using stack = new AsyncDisposableStack();
  const source = stack.use(startRecorded({
    objects: [[KEY, { body: file }]],
    scale: 0.01,
  }));
  const proxy = stack.use(await S3Proxy.start(service.url));
  const folder = stack.use(await makeFolder());
  const bucket = stack.use(openTestBucket(service, "team"));
  const location = `s3://${service.bucket}/team`;
  const env = {
    ...environmentOf(source),
    DENO_DIR: await denoDir(),
    XDG_CACHE_HOME: folder.path,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
    FLATBED_OUT_ENDPOINT: proxy.url,
  };
  const secrets = [service.credentials.secretAccessKey, keys.secretAccessKey];
  const run = async (
    args: readonly string[],
    more: Record<string, string> = {},
  ): Promise<Outcome> => {
    const outcome = await runFlatbed([...args, "--out", location], {
      env: { ...env, ...more },
      cwd: folder.path,
    });
    const said = outcome.stdout + outcome.stderr;
    for (const secret of secrets) {
      assertEquals(said.includes(secret), false, said);
    }
    return outcome;
  };
  const days = ["sync", "stocks_daily", "--from", DAY, "--to", DAY];
  const sync = (args: readonly string[], more?: Record<string, string>) =>
    run([...days, ...args], more);
  const partsSent = () =>
    proxy.requests.splice(0).flatMap(({ operation, status, part = 0 }) =>
      operation === "UploadPart" && status === 200 ? [part] : []
    ).sort((a, b) => a - b);
  const owned = stack.move();
  return {
    ...{ proxy, folder, partsSent, secrets },
    sync: (more?: Record<string, string>) => sync([], more),
    async failingSync(code: number, more?: Record<string, string>) {
      const outcome = await sync(["--max-retries", "0"], more);
      assertEquals(outcome.code, code, outcome.stderr);
      assertStringIncludes(outcome.stderr, `${location}/${KEY}`);
      return outcome.stderr;
    },
    async killedSync(operation: string) {
      const cli = new URL("cli.ts", ROOT).pathname;
      const child = denoCommand(
        ["run", "--allow-all", "--no-prompt", cli, ...days, "--out", location],
        { env, cwd: folder.path },
      ).spawn();
      proxy.fail(operation, { whenDone: () => child.kill("SIGKILL") }, {
        key: KEY,
      });
      const { signal } = await child.output();
      assertEquals(signal, "SIGKILL");
      proxy.interfere = () => undefined;
    },
    fetches: () =>
      source.records.splice(0).filter(({ key }) => key === KEY)
        .map(({ method }) => method),
    uploadsOnRecord: async () =>
      (await Array.fromAsync(bucket.list(".flatbed/uploads/")))
        .map(({ key }) => key),
    async goOn(sent: readonly number[], more?: Record<string, string>) {
      proxy.interfere = () => undefined;
      partsSent();
      const { code, stderr } = await sync([], more);
      assertEquals([code, stderr], [0, ""]);
      const others = PARTS.filter((part) => !sent.includes(part));
      assertEquals(partsSent(), others);
    },
    async assertNothingShown() {
      assertEquals(await bucket.stat(KEY), undefined);
    },
    async assertWhole(uploads = 0, more?: Record<string, string>) {
      proxy.interfere = () => undefined;
      const { code, stdout, stderr } = await run(["verify", "--full"], more);
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout, /^The mirror is whole: 1 file checked/);
      // MinIO lists the uploads of one key, and none of a prefix.
      const left = bucket.store.openUploads(bucket.name, bucket.key(KEY));
      assertEquals((await Array.fromAsync(left)).length, uploads);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
