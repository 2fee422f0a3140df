import { formatBytes } from "../../base/mod.ts";
import type { BucketReport, UnfinishedUpload } from "../../mirror/mod.ts";
import { messageOf } from "../arguments.ts";
import { explainError } from "../explain_error.ts";
import { formatCount } from "../format.ts";
import { openMirror, outOptions } from "../open_mirror.ts";
import {
  type CheckOptions,
  fail,
  type Finding,
  ok,
  warning,
} from "./finding.ts";
import { checkAws } from "./local_checks.ts";
import { checkClock, TIMEOUT } from "./service_checks.ts";

const DAY_MS = 86_400_000;
/** An upload that is older and on nobody's record is an orphan, in milliseconds. */
const ORPHAN_AFTER = DAY_MS;
/** After so many days, the lifecycle rule that is proposed removes uploads: a sync may go on with one for as long. */
const RULE_DAYS = 7;

/** Whether the AWS credential chain has credentials for the bucket. */
export async function checkBucketCredentials(
  options: CheckOptions,
): Promise<Finding> {
  const { endpointUrl, region } = await outOptions(options);
  return await checkAws({
    endpoint: endpointUrl === undefined ? undefined : new URL(endpointUrl),
    region: region ?? "us-east-1",
    advice:
      "Log in as for the AWS command line, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: the service's own keys are never used for the bucket",
  });
}

/** Whether the bucket's service answers, and has the same time. */
export async function checkBucketClock(
  options: CheckOptions,
  signal: AbortSignal,
): Promise<Finding> {
  const { endpointUrl = "https://s3.amazonaws.com" } = await outOptions(
    options,
  );
  const { probeService } = await import("../../store/mod.ts");
  const { clockAhead } = await probeService(
    new URL(endpointUrl),
    bucketName(options.out),
    options.timeout ?? TIMEOUT,
    signal,
  );
  const clock = checkClock(clockAhead);
  return { ...clock, message: `${endpointUrl} answers; ${clock.message}` };
}

/** What may be done in the bucket, looked up once for several checks. */
export class BucketChecks {
  readonly #options: CheckOptions;
  readonly #signal: AbortSignal;
  #report: BucketReport | undefined;

  constructor(options: CheckOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Whether it may be listed, written, read and removed from. */
  async access(): Promise<Finding> {
    const { list, write, read, remove } = await this.#inspect();
    const problem = list ?? write ?? read ?? remove;
    const may = [
      ["list", list] as const,
      ["write", write] as const,
      ["read", read] as const,
      ["delete", remove] as const,
    ].map(([what, error]) => error === undefined ? what : `not ${what}`);
    if (problem === undefined) {
      return ok(`${this.#options.out}: may ${may.join(", ")}`);
    }
    const message = explainError(problem, new Date());
    if (list !== undefined) {
      return fail(
        message,
        "Check --out and --out-endpoint; docs/bucket.md has an IAM policy with the least actions",
      );
    }
    return fail(
      `${message} (may ${may.join(", ")})`,
      write === undefined
        ? "docs/bucket.md has an IAM policy with the least actions"
        : "Commands that only read work; a sync needs s3:PutObject and s3:DeleteObject below the prefix",
    );
  }

  /** Whether large files can be uploaded in parts. */
  async multipart(): Promise<Finding> {
    const { multipart } = await this.#inspect();
    return multipart === undefined
      ? ok("uploads in parts work, and can be given up")
      : fail(
        messageOf(multipart),
        "s3:PutObject, s3:AbortMultipartUpload and s3:ListMultipartUploadParts are needed for files larger than a part",
      );
  }

  /** Whether several writers can be safe from each other. */
  async conditions(): Promise<Finding> {
    const { conditions } = await this.#inspect();
    if (conditions?.ifAbsent && conditions.ifMatch) {
      return ok("the bucket knows conditional writes");
    }
    return warning(
      conditions === undefined
        ? "it could not be found out whether the bucket knows conditional writes"
        : "the bucket does not know conditional writes: of two that write one file at the same time, the last wins",
      "Let only one sync at a time, or each shard once, write to this mirror",
    );
  }

  /** Which uploads were given up and still take space. */
  async uploads(): Promise<Finding> {
    const { uploads, findsUploads } = await this.#inspect();
    if (uploads instanceof Error) {
      return warning(
        `The uploads that have not ended cannot be listed: ${
          messageOf(uploads)
        }`,
        "s3:ListBucketMultipartUploads allows it",
      );
    }
    const orphans = uploads.filter(isOrphan);
    const others = uploads.length - orphans.length;
    const known = others === 0
      ? ""
      : `${formatCount(others, "upload")} of ${
        sizeOf(uploads.filter((upload) => !isOrphan(upload)))
      } under way, or to be gone on with`;
    if (orphans.length === 0 && !findsUploads) {
      return ok(
        "this service lists the uploads of a whole key only, so that those that were given up cannot be found here",
      );
    }
    if (orphans.length === 0) return ok(known || "no unfinished uploads");
    const [oldest] = orphans.toSorted((a, b) =>
      (a.begun?.getTime() ?? 0) - (b.begun?.getTime() ?? 0)
    );
    const age = oldest?.begun === undefined
      ? "of unknown age"
      : `the oldest begun ${
        formatCount(
          Math.floor((Date.now() - oldest.begun.getTime()) / DAY_MS),
          "day",
        )
      } ago`;
    return warning(
      `${formatCount(orphans.length, "orphaned upload")} of ${
        sizeOf(orphans)
      }, ${age}, such as of ${oldest?.path}${known && `; ${known}`}`,
      `A rule of the bucket removes them; it takes the place of the rules that are there: ${
        lifecycleCommand(this.#options)
      }`,
    );
  }

  async #inspect(): Promise<BucketReport> {
    if (this.#report !== undefined) return this.#report;
    const { Mirror } = await import("../../mirror/mod.ts");
    const { out, timeout = TIMEOUT, maxRetries = 1 } = this.#options;
    const reached = await outOptions(this.#options);
    return this.#report = await Mirror.inspectBucket(
      out,
      { ...reached, timeout, maxRetries },
      { signal: this.#signal },
    );
  }
}

/** What the mirror in the bucket holds. */
export async function checkBucketMirror(
  options: CheckOptions,
): Promise<Finding> {
  await using mirror = await openMirror(options, {
    readOnly: true,
    command: "flatbed doctor",
  });
  return await mirror.exists()
    ? ok(`${formatCount(mirror.entries().length, "file")} in ${options.out}`)
    : ok("none yet: 'flatbed sync' creates one");
}

function isOrphan({ isKnown, begun }: UnfinishedUpload): boolean {
  const age = Date.now() - (begun?.getTime() ?? 0);
  return !isKnown && age > ORPHAN_AFTER;
}

function sizeOf(uploads: readonly UnfinishedUpload[]): string {
  const bytes = uploads.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  const isAll = uploads.every(({ bytes }) => bytes !== undefined);
  return `${isAll ? "" : "more than "}${formatBytes(bytes)}`;
}

/** The command that makes the bucket abort uploads by itself. */
function lifecycleCommand({ out, outEndpoint }: CheckOptions): string {
  const prefix = out.replace(/^s3:\/\/[^/]+\/*/i, "").replace(/\/+$/, "");
  const rules = JSON.stringify({
    Rules: [{
      ID: "abort-unfinished-uploads",
      Status: "Enabled",
      Filter: { Prefix: prefix === "" ? "" : `${prefix}/` },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: RULE_DAYS },
    }],
  });
  const endpoint = outEndpoint === undefined
    ? ""
    : ` --endpoint-url ${outEndpoint}`;
  return `aws s3api put-bucket-lifecycle-configuration${endpoint} --bucket ${
    bucketName(out)
  } --lifecycle-configuration '${rules.replaceAll("'", `'\\''`)}'`;
}

function bucketName(out: string): string {
  return /^s3:\/\/([^/]+)/i.exec(out)?.[1] ?? "";
}
