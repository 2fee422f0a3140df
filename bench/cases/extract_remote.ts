import type { BenchCase } from "../bench_case.ts";
import { remove } from "../folders.ts";
import { formatSize } from "../format.ts";
import { TRADED_TICKER } from "../market_ticks.ts";
import type { Measurement } from "../measure.ts";
import { comparing, makeMirror, rangeOf } from "./_rows.ts";

/** To the service, there and back. */
const ROUND_TRIP = 50;
/** The most of a file that may be received. */
const MOST = 0.05;

/** The rows of one ticker out of a file that was released, from a service far away. */
export const extractRemote: BenchCase = {
  name: "extract-remote",
  title: ({ sizes }) =>
    `one ticker (2 % of the rows) of a released day of trades with ${
      formatSize(sizes.tradesContent)
    } of content, from a service ${ROUND_TRIP} ms away`,
  data: ["trades"],
  room: 0.4e9,
  async prepare(context) {
    const objects = context.objects("trades");
    const { key, size } = context.object("trades");
    const where = ["stocks_trades", ...rangeOf(objects)];
    const mirror = await makeMirror(
      context,
      "extract-remote",
      "stocks_trades",
      objects,
    );
    await context.run(
      context.flatbed(["release", ...where, "--out", mirror, "--force"]),
    );
    const proxy = await context.startProxy(ROUND_TRIP / 2);
    const notes: string[] = [];
    const [ranges, piped] = ["ranges", "piped"]
      .map((name) => `${mirror}/${name}.csv`) as [string, string];
    const ours = context.flatbed([
      ...["extract", "stocks_trades", TRADED_TICKER, ...where.slice(1)],
      ...["--out", mirror, "--output", ranges, "--stats"],
    ]);
    return {
      programs: comparing([
        {
          name: "flatbed extract",
          output: ranges,
          ...ours,
          env: { ...ours.env, FLATBED_ENDPOINT_URL: proxy.url },
          verify({ messages }: Measurement) {
            const received = receivedOf(messages);
            notes.push(
              `received ${formatSize(received)} of ${formatSize(size)}: ${
                (received / size * 100).toFixed(1)
              } %, at most ${MOST * 100} %`,
            );
            if (received > size * MOST) throw new Error(notes.at(-1));
          },
        },
        {
          name: "curl | zcat | grep",
          needs: ["curl", "gunzip"],
          output: piped,
          ...context.peer([
            ...["sh", "-c", CURL, "sh", piped, `^${TRADED_TICKER},`],
            `${proxy.url}/flatfiles/${key}`,
          ]),
          after: () => remove(mirror),
        },
      ], "size"),
      targets: [
        { kind: "wall", ours: "flatbed extract", atMost: 1 },
        {
          kind: "speed",
          ours: "flatbed extract",
          against: ["curl | zcat | grep"],
          atLeast: 1,
        },
      ],
      notes,
      finish: () => proxy[Symbol.asyncDispose](),
    };
  },
};

const CURL = 'curl --silent "$3" | zcat | LC_ALL=C grep "$2" > "$1"';

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
};

/** How many bytes were received, by `--stats`. */
function receivedOf(messages: string): number {
  const [, number, unit = ""] =
    /downloaded ([\d.]+) ([kMG]?B)/.exec(messages) ?? [];
  const received = Number(number) * (UNITS[unit] ?? NaN);
  if (received > 0) return received;
  throw new Error(`How much was received? ${messages}`);
}
