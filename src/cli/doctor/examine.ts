import type { Command } from "commander";
import type { DataType } from "../../catalog/mod.ts";
import { messageOf } from "../arguments.ts";
import {
  CONFIGURATION_FILE,
  CONNECTION_FIELDS,
  OUT_FIELDS,
} from "../configuration.ts";
import { applyConfiguration } from "../configuration_option.ts";
import { findConfiguration, mayRead } from "../find_configuration.ts";
import { connect } from "../connection.ts";
import { isBucket } from "../out_options.ts";
import {
  BucketChecks,
  checkBucketClock,
  checkBucketCredentials,
  checkBucketMirror,
} from "./bucket_checks.ts";
import { type CheckOptions, fail, type Finding, ok } from "./finding.ts";
import {
  checkCredentials,
  checkDisk,
  checkMirror,
  checkVersions,
} from "./local_checks.ts";
import {
  type Access,
  adviseService,
  askForNewest,
  checkClock,
  checkEndpoint,
  checkListing,
  judgeAccess,
  TIMEOUT,
  typesToCheck,
} from "./service_checks.ts";

/** The checks, in the order in which they are made. */
export type CheckName =
  | "versions"
  | "configuration"
  | "credentials"
  | "endpoint"
  | "clock"
  | "account"
  | "entitlements"
  | "disk"
  | "bucket-keys"
  | "bucket-clock"
  | "bucket"
  | "multipart"
  | "conditions"
  | "uploads"
  | "mirror";

/** A check with what it has come to. */
export interface Check extends Finding {
  check: CheckName;
}

/** A check that is to be made. */
interface Step {
  check: CheckName;
  /** The checks without which it makes no sense. */
  needs: CheckName[];
  run(): Finding | Promise<Finding>;
  /** What to do where it throws. */
  advise?: (error: unknown) => string;
}

/** Makes all checks, one after the other; what needs one that failed is not checked. */
export async function* examine(
  command: Command,
  signal: AbortSignal,
): AsyncGenerator<Check> {
  await using stack = new AsyncDisposableStack();
  const useless = new Set<CheckName>();
  for (const { check, needs, run, advise } of stepsOf(command, stack, signal)) {
    signal.throwIfAborted();
    const lacking = needs.find((need) => useless.has(need));
    let finding: Finding;
    try {
      finding = lacking === undefined ? await run() : {
        status: "not-checked",
        message: `not checked because of '${lacking}'`,
      };
    } catch (error) {
      signal.throwIfAborted();
      // Deno's own sentence names the flag that is missing.
      const isFlag = error instanceof Deno.errors.NotCapable;
      finding = fail(messageOf(error), isFlag ? undefined : advise?.(error));
    }
    if (["fail", "not-checked"].includes(finding.status)) useless.add(check);
    yield { check, ...finding };
  }
}

/** The checks of the setup, then those of where the mirror is, which the configuration may say. */
function* stepsOf(
  command: Command,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Generator<Step> {
  yield* commonSteps(command, stack, signal);
  const options = command.opts<CheckOptions>();
  yield* isBucket(options.out)
    ? bucketSteps(options, signal)
    : folderSteps(options);
}

function commonSteps(
  command: Command,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Step[] {
  const options = command.opts<CheckOptions & { config?: string }>();
  let clockAhead: number | undefined;
  let ask: (dataType: DataType) => Promise<Access>;
  const access = new Map<DataType, Access>();
  return [
    { check: "versions", needs: [], run: () => checkVersions() },
    {
      check: "configuration",
      needs: [],
      advise: () => "'flatbed init --force' writes a new one",
      async run() {
        const found = await findConfiguration(options.config);
        if (found === undefined) return ok(describeNone());
        applyConfiguration(command, found, [
          "dataTypes",
          ...OUT_FIELDS,
          ...CONNECTION_FIELDS,
        ]);
        return ok(found.path);
      },
    },
    {
      check: "credentials",
      needs: [],
      run: () => checkCredentials(options),
    },
    {
      check: "endpoint",
      needs: ["configuration"],
      advise: adviseService,
      async run() {
        const probed = await checkEndpoint(options, signal);
        clockAhead = probed.clockAhead;
        return probed.finding;
      },
    },
    { check: "clock", needs: ["endpoint"], run: () => checkClock(clockAhead) },
    {
      check: "account",
      needs: ["credentials", "endpoint", "clock"],
      advise: adviseService,
      async run() {
        const downloader = stack.use(
          await connect({
            ...options,
            timeout: options.timeout ?? TIMEOUT,
            maxRetries: options.maxRetries ?? 1,
          }),
        );
        ask = (dataType) => askForNewest(downloader, options.bucket, dataType);
        const [first = "stocks_daily"] = typesToCheck(options);
        access.set(first, await ask(first));
        return access.get(first) === "readable"
          ? ok("the service accepts the credentials")
          : await checkListing(downloader, options.bucket, first);
      },
    },
    {
      check: "entitlements",
      needs: ["account"],
      advise: adviseService,
      async run() {
        await Promise.all(
          typesToCheck(options).map(async (dataType) => {
            access.set(dataType, access.get(dataType) ?? await ask(dataType));
          }),
        );
        return judgeAccess(access, options.dataTypes !== undefined);
      },
    },
  ];
}

function bucketSteps(options: CheckOptions, signal: AbortSignal): Step[] {
  const bucket = new BucketChecks(options, signal);
  return [
    {
      check: "bucket-keys",
      needs: ["configuration"],
      run: () => checkBucketCredentials(options),
    },
    {
      check: "bucket-clock",
      needs: ["configuration"],
      advise: () =>
        "Check --out-endpoint, FLATBED_OUT_ENDPOINT, and 'outEndpoint' in the configuration, in this order",
      run: () => checkBucketClock(options, signal),
    },
    {
      check: "bucket",
      needs: ["bucket-keys", "bucket-clock"],
      advise: () =>
        "Check --out, --out-endpoint and --out-region, and the same in the configuration",
      run: () => bucket.access(),
    },
    { check: "multipart", needs: ["bucket"], run: () => bucket.multipart() },
    { check: "conditions", needs: ["bucket"], run: () => bucket.conditions() },
    { check: "uploads", needs: ["bucket"], run: () => bucket.uploads() },
    {
      check: "mirror",
      needs: ["bucket"],
      run: () => checkBucketMirror(options),
    },
  ];
}

function folderSteps(options: CheckOptions): Step[] {
  return [
    {
      check: "disk",
      needs: ["configuration"],
      advise: () =>
        "Make the folder writable for this user, or name another one with --out",
      run: () => checkDisk(options),
    },
    {
      check: "mirror",
      needs: ["disk"],
      advise: () =>
        "Does another user own its files? This user must be able to write them",
      run: () => checkMirror(options),
    },
  ];
}

function describeNone(): string {
  return mayRead(CONFIGURATION_FILE)
    ? `no ${CONFIGURATION_FILE}; 'flatbed init' writes one`
    : `none that may be read: --allow-read=${CONFIGURATION_FILE} allows it`;
}
