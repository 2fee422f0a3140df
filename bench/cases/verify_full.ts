import type { BenchCase } from "../bench_case.ts";
import { remove } from "../folders.ts";
import { formatSize } from "../format.ts";
import { makeMirror } from "./_rows.ts";

/** A large file is read and checked, in all threads by its index. */
export const verifyFull: BenchCase = {
  name: "verify-full",
  title: ({ sizes }) =>
    `the check of one file with ${formatSize(sizes.tradesContent)} of content`,
  data: ["trades"],
  room: 0.4e9,
  async prepare(context) {
    const objects = context.objects("trades");
    const mirror = await makeMirror(
      context,
      "verify-full",
      "stocks_trades",
      objects,
    );
    const [file = ""] = objects.map(({ key }) => `${mirror}/${key}`);
    const verify = context.flatbed(["verify", "--full", "--out", mirror]);
    return {
      programs: [
        { name: "flatbed verify --full", ...verify },
        {
          name: "flatbed verify --full, one core",
          ...verify,
          argv: ["taskset", "--cpu-list", "0", ...verify.argv],
        },
        {
          name: "rapidgzip --test",
          needs: ["rapidgzip"],
          ...context.venvProgram("rapidgzip", ["-P", "2", "--test", file]),
        },
        {
          name: "igzip --test",
          needs: ["igzip"],
          ...context.peer(["igzip", "--test", file]),
          after: () => remove(mirror),
        },
      ],
      targets: [
        {
          kind: "speed",
          ours: "flatbed verify --full",
          against: ["flatbed verify --full, one core"],
          atLeast: 1.6,
        },
      ],
    };
  },
};
