import type { BenchCase } from "../bench_case.ts";
import { smallDates } from "../data.ts";
import { expectFiles, makeEmpty, remove } from "../folders.ts";
import { SMALL_FOLDER, totalSize } from "./_small_objects.ts";

/** Many small objects to files, to a fresh folder. */
export const small: BenchCase = {
  name: "small",
  title: ({ sizes }) =>
    `${sizes.smallCount} objects of 300 kB to files, to a fresh folder`,
  data: ["small"],
  room: 600e6,
  prepare(context) {
    const objects = context.objects("small");
    const out = context.download("small");
    const dates = smallDates(context.sizes);
    const range = ["--from", dates[0] ?? "", "--to", dates.at(-1) ?? ""];
    const around = {
      before: () => makeEmpty(out),
      verify: () => expectFiles(out, objects.length, totalSize(objects)),
      after: () => remove(out),
    };
    return {
      programs: [
        {
          name: "flatbed sync",
          ...context.flatbed(["sync", "stocks_daily", ...range, "--out", out]),
          ...around,
        },
        {
          name: "flatbed get",
          ...context.flatbed(["get", "stocks_daily", ...range, "--out", out]),
          ...around,
        },
        // Their MD5s are checked, and their gzip data is not.
        {
          name: "flatbed sync --trust-etag",
          ...context.flatbed([
            ...["sync", "stocks_daily", ...range, "--out", out],
            "--trust-etag",
          ]),
          ...around,
        },
        {
          name: "flatbed get --trust-etag",
          ...context.flatbed([
            ...["get", "stocks_daily", ...range, "--out", out],
            "--trust-etag",
          ]),
          ...around,
        },
        {
          name: "s5cmd cp",
          needs: ["s5cmd"],
          ...context.s5cmd([
            "cp",
            `s3://flatfiles/${SMALL_FOLDER}/*`,
            `${out}/`,
          ]),
          ...around,
        },
        {
          name: "rclone copy",
          needs: ["rclone"],
          ...context.peer([
            ...["rclone", "copy", `bench:flatfiles/${SMALL_FOLDER}`, out],
            ...["--fast-list", "--use-server-modtime", "--transfers", "16"],
            // The listing has told everything: a HEAD for each would only take time.
            ...["--s3-no-head-object"],
          ]),
          ...around,
        },
        {
          name: "aws s3 cp",
          needs: ["aws"],
          ...context.aws([
            ...["cp", `s3://flatfiles/${SMALL_FOLDER}/`, out, "--recursive"],
          ]),
          ...around,
        },
      ],
      targets: [
        {
          kind: "speed",
          ours: "flatbed sync",
          against: ["s5cmd cp"],
          atLeast: 1,
        },
      ],
    };
  },
};
