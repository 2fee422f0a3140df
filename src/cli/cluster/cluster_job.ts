/** What an engine is to run, whichever engine it is. */
export interface ClusterJob {
  /** The job's name; of its objects and logs as well. */
  name: string;
  /** How many shards there are. */
  shards: number;
  /** How often a shard, or the last step, is started again at the most. */
  retries: number;
  /** The processors of each shard. */
  cpus: number;
  /** The memory of each shard, in MiB. */
  mebibytes: number;
  /** How long a shard may take, in minutes. */
  minutes?: number;
  /** The arguments of `flatbed`, as somebody would type them without shards. */
  command: readonly string[];
  /** Where the mirror is, as `--out` has it. */
  out: string;
  /** The options that lead to the mirror: `--out`, and how its bucket is reached. */
  outArguments: readonly string[];
  /** Whether this is the last step, which runs once all shards have ended. */
  isFinish: boolean;
}

/** The arguments of `flatbed` for a job: for the last step without what only a shard has. */
export function argumentsOf({ command, isFinish }: ClusterJob): string[] {
  const [name = "", ...rest] = command;
  return isFinish
    ? [name, ...withoutShards(rest)]
    : [name, "--shard", "auto", ...rest];
}

/** The options that only shards take. */
const OF_SHARDS = ["--jitter", "--listing-age", "--split"];

/** Arguments without those that only shards take. */
function withoutShards(args: readonly string[]): string[] {
  return args.filter((arg, at) =>
    !OF_SHARDS.includes(arg.replace(/=.*$/s, "")) &&
    !OF_SHARDS.includes(args[at - 1] ?? "")
  );
}
