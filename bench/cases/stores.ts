import type { BenchCase } from "../bench_case.ts";
import type { BenchContext } from "../bench_context.ts";
import type { Measurement } from "../measure.ts";
import { writeKeys } from "./_batch_objects.ts";

/** What is asked for, how often, and what each case says of itself. */
const WORK = {
  get: [400, "objects of 300 kB are read"],
  head: [400, "objects are looked up"],
  page: [100, "times a page of up to 1,000 keys is listed"],
  load: [1, "object is looked up: the time is that of loading"],
} as const;

/** One request after the other: with our own signatures, and through the AWS SDK. */
export const stores: readonly BenchCase[] = Object.entries(WORK).map((
  [what, [times, title]],
) => ({
  name: `stores-${what}`,
  title: () => `${times} ${title}`,
  data: ["small"],
  room: 0,
  async prepare(context: BenchContext) {
    const objects = context.objects("small");
    const keys = await writeKeys(context, objects.map(({ key }) => key));
    const request = what === "load" ? "head" : what;
    const expected = Array.from(
      { length: times },
      (_, time) => objects[time % objects.length]?.size ?? 0,
    ).reduce((sum, size) => sum + size, 0);
    const verify = ({ output }: Measurement) => {
      const { total } = JSON.parse(output);
      const isRight = what === "page"
        ? total === times * Math.min(objects.length, 1000)
        : total === expected;
      if (!isRight) throw new Error(`${total} is not what was asked for`);
    };
    const program = (way: string) => ({
      ...context.program("stores.ts", [
        ...[context.url, way, request, `${times}`, keys],
      ]),
      verify,
    });
    return {
      programs: [
        { name: "SignedStore", ...program("signed") },
        { name: "AwsStore", ...program("aws") },
      ],
      targets: [],
    };
  },
}));
