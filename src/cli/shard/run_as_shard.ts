import { plainText } from "../../base/mod.ts";
import type { Mirror, ShardCounts, ShardRun } from "../../mirror/mod.ts";
import { messageOf } from "../arguments.ts";
import { codeOfError, ExitCode } from "../exit_code.ts";
import { explainError } from "../explain_error.ts";
import { printNote } from "../terminal.ts";
import { SetupError } from "../usage.ts";
import { COUNT_VARIABLE } from "./auto_shard.ts";
import type { ChosenShard } from "./shard_option.ts";

/** What a command has come to. */
export interface ShardOutcome {
  exitCode: number;
  counts?: ShardCounts | undefined;
}

/** Takes figures of what was done so far. */
export type Note = (counts: ShardCounts) => void;

/**
 * Runs a command's work on a mirror. For a shard, the mirror says meanwhile that it runs,
 * and then how it ended.
 *
 * @param command What the mirror was opened for.
 * @param shard The shard; without one, nothing is said.
 * @param args What tells this work from others, such as data types and dates; no secret, and
 *   nothing that does not change what is done.
 * @returns The exit code.
 * @throws {unknown} What the work throws.
 */
export async function runAsShard(
  mirror: Mirror,
  command: string,
  shard: ChosenShard | undefined,
  args: Readonly<Record<string, unknown>>,
  work: (note: Note) => Promise<ShardOutcome>,
): Promise<number> {
  if (shard === undefined) return (await work(() => {})).exitCode;
  if (shard.mayBePart) await assertSameCount(mirror, command, shard);
  const run = await mirror.beginShard({
    work: JSON.stringify(args),
    job: shard.job,
  });
  tellProblem(run);
  try {
    const { exitCode, counts } = await work((counts) => run.note(counts));
    // What upstream lacks is lacking the next time as well.
    const isDone = exitCode === ExitCode.Done ||
      exitCode === ExitCode.MissingUpstream;
    await run.end({ isDone, exitCode, counts });
    return exitCode;
  } catch (error) {
    await run.end({
      isDone: false,
      exitCode: codeOfError(error),
      error: plainText(explainError(error, new Date()) || "interrupted"),
    });
    throw error;
  }
}

function tellProblem({ problem }: ShardRun): void {
  if (problem === undefined) return;
  printNote(
    `'flatbed shards' will not tell of this shard: ${messageOf(problem)}`,
  );
}

/**
 * Asserts that a count that may be that of some tasks is not another one than that of the
 * shards that are not done.
 */
async function assertSameCount(
  mirror: Mirror,
  command: string,
  { count }: ChosenShard,
): Promise<void> {
  const { latestGroup } = await import("../../mirror/mod.ts");
  const latest = latestGroup(await mirror.shards(), new Date(), { command });
  if (latest === undefined || latest.count === count) return;
  const left = latest.rows.filter(({ state }) => state !== "done").length;
  if (left === 0) return;
  throw new SetupError(
    `Cannot tell the shard by --shard auto: the array has ${count} tasks, but '${command}' was begun in ${latest.count} shards, and ${left} ${
      left === 1 ? "is" : "are"
    } not done: set ${COUNT_VARIABLE} to ${latest.count} to go on with these, or to ${count} for other ones`,
  );
}
