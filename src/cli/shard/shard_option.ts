import { type Command, InvalidArgumentError, Option } from "commander";
import { delay } from "@std/async/delay";
import { parseShard, type Shard } from "../../catalog/mod.ts";
import { messageOf } from "../arguments.ts";
import { formatDuration } from "../format.ts";
import { printNote } from "../terminal.ts";
import { notTogether, SetupError } from "../usage.ts";
import { readAutoShard, SHARD_VARIABLES } from "./auto_shard.ts";

/** The options of a command that several machines can do together. */
export interface ShardOptions {
  shard?: Shard | "auto";
  jitter?: number;
  listingAge?: number;
}

/** A shard that was chosen. */
export interface ChosenShard extends Shard {
  /** Whether the count may be that of a part of all shards. */
  readonly mayBePart: boolean;
  /** The engine's own id of the job. */
  readonly job?: string | undefined;
}

/** What a command does besides its own work. */
interface ShardedCommand {
  /** Whether it asks the service, so that it gets `--jitter`. */
  asksService?: boolean;
  /** Whether it lists the service, so that it gets `--listing-age`. */
  lists?: boolean;
}

/** Adds `--shard` to a command, and what goes with it. */
export function addShardOptions(
  command: Command,
  { asksService = true, lists = false }: ShardedCommand = {},
): Command {
  command.addOption(
    new Option(
      "--shard <i/n>",
      "only the part i of n, from 1/n to n/n, for n machines that work on the same; 'auto' takes both from the variables of a Slurm array, a Kubernetes indexed job or an AWS Batch array",
    ).argParser(parseShardOption),
  );
  if (lists) {
    command.addOption(
      new Option(
        "--listing-age <time>",
        "with --shard: how old a listing may be that another shard has made, such as 10m; 0 lists afresh (default: 1h)",
      ).argParser(parseTime),
    );
  }
  if (!asksService) return command;
  return command.addOption(
    new Option(
      "--jitter <time>",
      "with --shard: wait up to so long before the start, such as 60s or 2m, so that not all ask at once (default: the 50th of n seconds, none up to n = 16)",
    ).argParser(parseTime),
  );
}

function parseShardOption(value: string): Shard | "auto" {
  if (value === "auto") return value;
  try {
    return parseShard(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidArgumentError(
      messageOf(error).replace(/^Cannot use shard: e/, "E"),
    );
  }
}

const UNITS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600 };

/** Parses a length of time, in milliseconds. */
function parseTime(value: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)([smh]?)$/.exec(value) ??
    [];
  if (number === "") {
    throw new InvalidArgumentError(
      "Expected a length of time, such as 60s or 2m; 0 for none.",
    );
  }
  return Number(number) * (UNITS[unit] ?? 1) * 1000;
}

/**
 * The shard that the options choose, said on standard error; `undefined` where there is
 * none. The environment is asked only for `auto`.
 *
 * @throws {SetupError} If the environment does not say which.
 */
export async function chooseShard(
  { shard, jitter, listingAge }: ShardOptions,
): Promise<ChosenShard | undefined> {
  if (shard === undefined) {
    if (jitter !== undefined) throw new SetupError("--jitter is for --shard");
    if (listingAge !== undefined) {
      throw new SetupError("--listing-age is for --shard");
    }
    return undefined;
  }
  if (shard !== "auto") return { ...shard, mayBePart: false };
  const { readVariable } = await import("../../store/mod.ts");
  const { shard: { index, count }, source, mayBePart, job } = readAutoShard((
    name,
  ) => readPermitted(name, readVariable));
  printNote(`Shard ${index} of ${count} (${source})`);
  return { index, count, mayBePart, job };
}

function readPermitted(
  name: string,
  read: (name: string) => string | undefined,
): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  if (state === "granted") return read(name);
  throw new SetupError(
    `Cannot tell the shard by --shard auto: the environment may not be read: --allow-env=${
      SHARD_VARIABLES.join(",")
    } permits it`,
  );
}

/** Refuses `--shard` where a command does something that is not shared. */
export function refuseShard({ shard }: ShardOptions, other: string): void {
  if (shard !== undefined) throw notTogether("--shard", other);
}

/** The most shards that start without waiting. */
const MAX_AT_ONCE = 16;
/** How many shards may start in a second. */
const STARTS_PER_SECOND = 50;

/** How long to wait at most before the start, in milliseconds. */
export function usualJitter({ count }: Shard): number {
  return count <= MAX_AT_ONCE ? 0 : count / STARTS_PER_SECOND * 1000;
}

/**
 * Waits for a random part of the time that is given, or of the usual one, and says so.
 *
 * @throws {unknown} The signal's reason, if it is aborted.
 */
export async function waitJitter(
  shard: Shard | undefined,
  { jitter }: ShardOptions,
  signal: AbortSignal,
): Promise<void> {
  if (shard === undefined) return;
  const most = jitter ?? usualJitter(shard);
  const wait = Math.random() * most;
  if (wait < 1) return;
  printNote(
    `Waiting ${formatDuration(wait)} before the start, of at most ${
      formatDuration(most)
    }, so that not all ${shard.count} shards ask at once; --jitter 0 does not wait`,
  );
  await delay(wait, { signal });
}

/** How old a listing may be that another shard has made, in seconds. */
export function listingAgeOf(
  { listingAge }: ShardOptions,
): number | undefined {
  return listingAge && Math.round(listingAge / 1000);
}

/** Says how old the listing is, where another shard has made it. */
export function tellListingAge({ listedAt }: { listedAt?: Date }): void {
  if (listedAt === undefined) return;
  const age = formatDuration(Math.max(0, Date.now() - listedAt.getTime()));
  printNote(
    `The listing is another shard's, ${age} old; --listing-age 0 lists afresh`,
  );
}
