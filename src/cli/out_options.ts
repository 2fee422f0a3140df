import { type Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "./usage.ts";
import { DEFAULT_FOLDER, folderProblem } from "./folder_options.ts";

/** Where a mirror is, and how its bucket is reached. */
export interface OutCommandOptions {
  /** The folder, or `s3://bucket/prefix`. */
  out: string;
  outEndpoint?: string;
  /** The configuration, if only that sets the endpoint. */
  outEndpointFile?: string;
  outRegion?: string;
  outAddressing?: "path" | "host";
  outAllowHttp?: boolean;
}

/** Whether a mirror's location is a bucket. */
export function isBucket(out: string): boolean {
  return /^s3:\/\//i.test(out);
}

/** Adds `--out` to a command, and how the bucket is reached that it may name. */
export function addOutOptions(
  command: Command,
  description = "the mirror: a folder, or s3://bucket/prefix",
): Command {
  return command
    .addOption(
      new Option("--out <place>", description).default(DEFAULT_FOLDER)
        .argParser(parseOut),
    )
    .addOption(
      new Option(
        "--out-endpoint <url>",
        "with --out s3://...: the URL of an S3 service that is not AWS",
      ),
    )
    .addOption(
      new Option(
        "--out-region <name>",
        "with --out s3://...: the bucket's region (default: as AWS's own tools find it)",
      ),
    )
    .addOption(
      new Option(
        "--out-addressing <kind>",
        "with --out s3://...: whether URLs name the bucket in the path or the host (default: host at AWS, path at --out-endpoint)",
      ).choices(["path", "host"]),
    )
    .option(
      "--out-allow-http",
      "with --out s3://...: allow unencrypted http to another machine",
    )
    .hook("preAction", async (_, action) => {
      assertBucket(action);
      await readEnvironment(action);
    });
}

/** The variables that say how a mirror's bucket is reached. */
export const OUT_VARIABLES = {
  outEndpoint: "FLATBED_OUT_ENDPOINT",
  outRegion: "FLATBED_OUT_REGION",
} as const;

/** Takes from the environment what is not given, as far as it may be read: a mirror in a folder needs none of it. */
async function readEnvironment(command: Command): Promise<void> {
  const { readVariable } = await import("../store/mod.ts");
  for (const [name, variable] of Object.entries(OUT_VARIABLES)) {
    if (command.getOptionValueSource(name) === "cli") continue;
    const value = readVariable(variable)?.trim();
    // An empty variable counts as not set, as in most programs.
    if (value) command.setOptionValueWithSource(name, value, "env");
  }
}

/** Asserts that what is given for a bucket goes with one. */
function assertBucket(command: Command): void {
  const isGiven = (name: string) =>
    command.getOptionValueSource(name) === "cli";
  const { out } = command.opts<OutCommandOptions>();
  if (!isGiven("out") || isBucket(out)) return;
  const extra = command.options.find((option) =>
    option.attributeName() !== "out" && option.long?.startsWith("--out-") &&
    isGiven(option.attributeName())
  );
  if (extra === undefined) return;
  throw new UsageError(
    `${extra.long} goes with --out s3://bucket/prefix, and --out ${out} is a folder`,
  );
}

function parseOut(value: string): string {
  const problem = outProblem(value);
  if (problem !== undefined) throw new InvalidArgumentError(`${problem}.`);
  return value;
}

/** Characters that a bucket's key could have, and nobody wants in one. */
const UNWANTED = /[\p{Cc}\p{Cf}]/u;

/** Why a text is no place for a mirror, if it looks like something else. */
export function outProblem(value: string): string | undefined {
  if (!/^s3:/i.test(value)) return folderProblem(value);
  const [, bucket, prefix] = /^s3:\/\/([^/]*)(.*)$/s.exec(value) ?? [];
  if (bucket === undefined || bucket === "" || prefix === undefined) {
    return "Expected s3://bucket or s3://bucket/prefix";
  }
  if (UNWANTED.test(value)) {
    return "the prefix has a control or an invisible character";
  }
  const parts = prefix.replace(/^\/|\/+$/g, "").split("/");
  if (prefix.replace(/\/+$/, "") !== "" && parts.includes("")) {
    return "the prefix has an empty part (//), which most tools cannot name";
  }
  if (parts.some((part) => part === "." || part === "..")) {
    return "the prefix has a part . or .., which is no folder in a bucket";
  }
  return undefined;
}
