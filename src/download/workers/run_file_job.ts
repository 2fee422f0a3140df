import { indexFile } from "../content/index_file.ts";
import { indexPart } from "../content/index_part.ts";
import { selectFile } from "../content/select_file.ts";
import { writeSpans } from "../content/write_spans.ts";
import type { FileJob, JobOptions, JobResult } from "./thread_protocol.ts";

/** Does a job on a file, in whichever thread. */
export async function runFileJob(
  job: FileJob,
  options: Pick<JobOptions, "signal" | "onRows" | "onProgress">,
): Promise<JobResult> {
  switch (job.method) {
    case "indexFile":
      return await indexFile(...job.args, options);
    case "indexPart":
      return await indexPart(...job.args, options);
    case "writeSpans":
      return await writeSpans(...job.args, options);
    case "selectFile":
      return await selectFile(...job.args, options);
  }
}
