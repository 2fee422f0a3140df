import type { BenchCase, PreparedCase, Program } from "../bench_case.ts";
import { type BenchContext, CREDENTIALS } from "../bench_context.ts";
import { type DataName, smallDates } from "../data.ts";
import { expectFile } from "../folders.ts";
import { formatSize } from "../format.ts";
import { startGateway, TARGET_BUCKET } from "../gateway.ts";
import type { Command } from "../measure.ts";
import { SMALL_FOLDER } from "./_small_objects.ts";

/** How many small objects there are at most. */
const MOST_SMALL = 500;

/** One large object from the service into a bucket. */
export const bucketLarge: BenchCase = {
  name: "bucket-large",
  title: ({ sizes }) => `one object of ${formatSize(sizes.large)} to a bucket`,
  data: ["large"],
  room: 2 ** 30,
  prepare: (context) =>
    prepare(context, "large", "stocks_trades", ["2024-01-02"]),
};

/** Many small objects from the service into a bucket. */
export const bucketSmall: BenchCase = {
  name: "bucket-small",
  title: ({ sizes }) =>
    `${Math.min(MOST_SMALL, sizes.smallCount)} objects of 300 kB to a bucket`,
  data: ["small"],
  room: MOST_SMALL * 300e3,
  prepare: (context) =>
    prepare(
      context,
      "small",
      "stocks_daily",
      smallDates(context.sizes).slice(-MOST_SMALL),
    ),
};

async function prepare(
  context: BenchContext,
  name: DataName,
  dataType: string,
  dates: readonly string[],
): Promise<PreparedCase> {
  const gateway = await startGateway(context);
  if (gateway === undefined) throw new Error("versitygw is missing");
  const wanted = new Set(dates);
  const objects = context.objects(name)
    .filter(({ key }) => wanted.has(key.slice(-17, -7)));
  const cache = `${context.scratch}/bucket-cache`;
  const around: Pick<Program, "before" | "verify"> = {
    async before() {
      await gateway.empty();
      await Deno.remove(cache, { recursive: true }).catch(() => {});
    },
    async verify() {
      for (const { key, size } of objects) {
        await expectFile(`${gateway.folder}/${key}`, size);
      }
    },
  };
  const [first = "", last = first] = [dates[0], dates.at(-1)];
  const flatbed = context.flatbed([
    ...["sync", dataType, "--from", first, "--to", last],
    ...["--out", `s3://${TARGET_BUCKET}`, "--out-endpoint", gateway.url],
  ]);
  const [{ key } = { key: "" }] = objects;
  const folder = name === "large" ? key : SMALL_FOLDER;
  // The files that are asked for, of all years that the folder has.
  const list = `${context.scratch}/bucket-${name}.txt`;
  await Deno.writeTextFile(
    list,
    objects.map(({ key }) => `${key.slice(SMALL_FOLDER.length + 1)}\n`).join(
      "",
    ),
  );
  const what = name === "large"
    ? ["copyto", `bench:flatfiles/${key}`, `target:${TARGET_BUCKET}/${key}`]
    : [
      ...["copy", "--s3-no-head-object", `bench:flatfiles/${folder}`],
      ...[`target:${TARGET_BUCKET}/${folder}`, "--files-from", list],
      ...["--transfers", "8", "--no-traverse"],
    ];
  const rclone = context.peer(["rclone", ...what]);
  return {
    programs: [
      { name: "flatbed sync", ...withBucket(flatbed, cache), ...around },
      {
        name: "rclone",
        needs: ["rclone"],
        ...withTarget(rclone, gateway.url),
        ...around,
      },
    ],
    targets: [],
    finish: () => gateway[Symbol.asyncDispose](),
  };
}

/** With the credentials of the bucket, and with a cache that is emptied. */
function withBucket({ env, ...command }: Command, cache: string): Command {
  return {
    ...command,
    env: {
      ...env,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      XDG_CACHE_HOME: cache,
      DENO_DIR: denoFolder(), // that stays where it is
    },
  };
}

/** Where Deno keeps modules. */
function denoFolder(): string {
  const home = Deno.env.get("HOME") ?? "";
  const caches = Deno.env.get("XDG_CACHE_HOME") ?? `${home}/.cache`;
  return Deno.env.get("DENO_DIR") ?? `${caches}/deno`;
}

/** With the remote `target:`. */
function withTarget({ env, ...command }: Command, url: string): Command {
  return {
    ...command,
    env: {
      ...env,
      RCLONE_CONFIG_TARGET_TYPE: "s3",
      RCLONE_CONFIG_TARGET_PROVIDER: "Other",
      RCLONE_CONFIG_TARGET_ENDPOINT: url,
      RCLONE_CONFIG_TARGET_REGION: "us-east-1",
      RCLONE_CONFIG_TARGET_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      RCLONE_CONFIG_TARGET_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      RCLONE_CONFIG_TARGET_NO_CHECK_BUCKET: "true",
    },
  };
}
