import type { BenchCase } from "../bench_case.ts";
import { expectFile, remove } from "../folders.ts";
import { formatSize } from "../format.ts";

/** One large object to a file. */
export const large: BenchCase = {
  name: "large",
  title: ({ sizes }) => `one object of ${formatSize(sizes.large)} to a file`,
  data: ["large"],
  room: 2 ** 30,
  prepare(context) {
    const [object, withMd5] = context.objects("large");
    if (object === undefined || withMd5 === undefined) {
      throw new Error("There are no objects 'large'");
    }
    const { key, size } = object;
    const file = context.download("large.csv.gz");
    const from = `s3://flatfiles/${key}`;
    const around = {
      before: () => remove(file),
      verify: () => expectFile(file, size),
      after: () => remove(file),
    };
    return {
      programs: [
        {
          name: "flatbed get",
          ...context.flatbed(["get", key, "--output", file]),
          ...around,
        },
        // As if uploaded in one part: with the MD5 and the gzip data checked, and the MD5 alone.
        {
          name: "flatbed get, MD5",
          ...context.flatbed(["get", withMd5.key, "--output", file]),
          ...around,
        },
        {
          name: "flatbed get --trust-etag, MD5",
          ...context.flatbed(
            ["get", withMd5.key, "--output", file, "--trust-etag"],
          ),
          ...around,
        },
        {
          name: "s5cmd cp",
          needs: ["s5cmd"],
          ...context.s5cmd(["cp", from, file]),
          ...around,
        },
        {
          name: "rclone copyto",
          needs: ["rclone"],
          ...context.peer([
            ...["rclone", "copyto", `bench:flatfiles/${key}`, file],
            ...["--multi-thread-streams", "4", "--multi-thread-cutoff", "64M"],
          ]),
          ...around,
        },
        {
          name: "aws s3 cp",
          needs: ["aws"],
          ...context.aws(["cp", from, file]),
          ...around,
        },
        {
          name: "curl",
          needs: ["curl"],
          ...context.peer([
            ...["curl", "--silent", "--fail", "--output", file],
            `${context.url}/flatfiles/${key}`,
          ]),
          ...around,
        },
      ],
      targets: [
        {
          kind: "speed",
          ours: "flatbed get",
          against: ["s5cmd cp", "rclone copyto", "aws s3 cp"],
          atLeast: 1,
        },
        {
          kind: "cpu",
          ours: "flatbed get",
          against: ["s5cmd cp"],
          atMost: 1.5,
        },
      ],
    };
  },
};
