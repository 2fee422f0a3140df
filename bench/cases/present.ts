import type { BenchCase, Program } from "../bench_case.ts";
import type { BenchContext } from "../bench_context.ts";
import { smallDates } from "../data.ts";
import { expectFiles, remove } from "../folders.ts";
import type { Command } from "../measure.ts";
import { SMALL_FOLDER, totalSize } from "./_small_objects.ts";

/** Many small objects that are all there. */
export const present: BenchCase = {
  name: "present",
  title: ({ sizes }) =>
    `${sizes.smallCount} objects of 300 kB, all there already`,
  data: ["small"],
  room: 4 * 600e6,
  prepare(context) {
    const dates = smallDates(context.sizes);
    const range = ["--from", dates[0] ?? "", "--to", dates.at(-1) ?? ""];
    const from = `s3://flatfiles/${SMALL_FOLDER}`;
    return {
      programs: [
        again(
          context,
          "flatbed sync",
          (out) =>
            context.flatbed(["sync", "stocks_daily", ...range, "--out", out]),
        ),
        {
          needs: ["s5cmd"],
          ...again(
            context,
            "s5cmd sync",
            (out) => context.s5cmd(["sync", `${from}/*`, `${out}/`]),
          ),
        },
        {
          needs: ["rclone"],
          ...again(context, "rclone sync", (out) =>
            context.peer([
              ...["rclone", "sync", `bench:flatfiles/${SMALL_FOLDER}`, out],
              ...["--fast-list", "--use-server-modtime", "--checkers", "16"],
            ])),
        },
        {
          needs: ["aws"],
          ...again(
            context,
            "aws s3 sync",
            (out) => context.aws(["sync", `${from}/`, out]),
          ),
        },
      ],
      targets: [
        {
          kind: "speed",
          ours: "flatbed sync",
          against: ["s5cmd sync"],
          atLeast: 2,
        },
      ],
    };
  },
};

/** A program that has filled its folder itself before the first run. */
function again(
  context: BenchContext,
  name: string,
  command: (out: string) => Command,
): Program {
  const objects = context.objects("small");
  const out = context.download(`present-${name.replaceAll(" ", "-")}`);
  let filledAt: Date | undefined;
  return {
    name,
    ...command(out),
    async before() {
      if (filledAt !== undefined) return;
      await Deno.mkdir(out, { recursive: true });
      await context.run(command(out));
      filledAt = new Date();
    },
    async verify() {
      await expectFiles(out, objects.length, totalSize(objects));
      for (const { key } of objects) await expectUntouched(out, key, filledAt);
    },
    after: () => remove(out),
  };
}

/** Throws where a file was written again. */
async function expectUntouched(
  out: string,
  key: string,
  since = new Date(),
): Promise<void> {
  // Ours lie under their whole keys, the others' under the part behind the folder.
  const paths = [
    `${out}/${key}`,
    `${out}/${key.slice(SMALL_FOLDER.length + 1)}`,
  ];
  for (const path of paths) {
    const file = await Deno.stat(path).catch(() => undefined);
    if (file?.ctime === undefined || file.ctime === null) continue;
    if (file.ctime > since) throw new Error(`${key} was written again`);
    return;
  }
  throw new Error(`${key} is nowhere`);
}
