import type { BenchCase } from "../bench_case.ts";
import { batchDates } from "../data.ts";
import { expectFiles, makeEmpty, remove } from "../folders.ts";
import { formatSize } from "../format.ts";
import { totalContent } from "./_batch_objects.ts";

const BATCH_FOLDER = "us_stocks_sip/minute_aggs_v1";

/** A batch to files, decompressed. */
export const fileBatch: BenchCase = {
  name: "file-batch",
  title: ({ sizes }) =>
    `16 gzip objects with ${
      formatSize(sizes.batchContent)
    } of CSV each to files, decompressed`,
  data: ["batch"],
  room: 16 * 93e6 * 1.3,
  prepare(context) {
    const dates = batchDates();
    const content = totalContent(context, "batch");
    const out = context.download("batch");
    const around = {
      before: () => makeEmpty(out),
      verify: () => expectFiles(out, 16, content),
      after: () => remove(out),
    };
    const range = ["--from", dates[0] ?? "", "--to", dates.at(-1) ?? ""];
    return {
      programs: [
        {
          name: "flatbed get --decompress",
          ...context.flatbed([
            ...["get", "stocks_minute", ...range, "--decompress", "--out", out],
          ]),
          ...around,
        },
        {
          name: "aws s3 cp | gunzip",
          needs: ["aws", "gunzip"],
          ...context.peer([
            ...["sh", "-c", AWS_SCRIPT, "sh", context.url, out],
            ...context.objects("batch").map(({ key }) => key),
          ]),
          ...around,
        },
        {
          name: "s5cmd cp, igzip -d",
          needs: ["s5cmd", "igzip"],
          ...context.peer([
            ...["sh", "-c", IGZIP_SCRIPT, "sh", context.url, out],
            `s3://flatfiles/${BATCH_FOLDER}/*`,
          ]),
          ...around,
        },
      ],
      targets: [
        {
          kind: "speed",
          ours: "flatbed get --decompress",
          against: ["aws s3 cp | gunzip"],
          atLeast: 2,
        },
        {
          kind: "speed",
          ours: "flatbed get --decompress",
          against: ["s5cmd cp, igzip -d"],
          atLeast: 1,
        },
      ],
    };
  },
};

/** Two at a time, for two cores. */
const AWS_SCRIPT = `
set -e
export URL="$1" OUT="$2"
shift 2
printf '%s\\n' "$@" | xargs -P "$(nproc)" -I KEY sh -c '
  aws --endpoint-url "$URL" s3 cp "s3://flatfiles/KEY" - | gunzip > "$OUT/$(basename KEY .gz)"
'`;

const IGZIP_SCRIPT = `
set -e
s5cmd --endpoint-url "$1" --log error cp "$3" "$2/"
find "$2" -name '*.gz' | xargs -P "$(nproc)" -n 1 igzip -q -d --rm`;
