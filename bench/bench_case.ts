import type { BenchContext } from "./bench_context.ts";
import type { DataName } from "./data.ts";
import type { Command, Measurement } from "./measure.ts";
import type { ToolName } from "./tools.ts";

/** One program that does a case's work. */
export interface Program extends Command {
  /** Its name in the table. */
  name: string;
  /** What it needs to be there. */
  needs?: readonly ToolName[];
  /** Brings about what each run begins with; not measured. */
  before?(): Promise<void>;
  /** Throws where a run has not done the work. After the warm-up, not measured. */
  verify?(run: Measurement): Promise<void> | void;
  /** Cleans up when the case is over. */
  after?(): Promise<void>;
  /** Whether the time until the first byte of the output is measured. */
  watchesOutput?: boolean;
}

/**
 * What must be reached.
 *
 * - `speed`: how many times as fast `ours` is as the fastest of `against`.
 * - `cpu`: the CPU seconds of `ours`, as a multiple of those of `against`.
 * - `above`: how many seconds `ours` takes in all, above those of `against` without its start.
 * - `wall` (seconds), `inner` (seconds without the start), `peak` (MB): of `ours` alone.
 * - `first`: when the first line comes, as a part of the whole time.
 */
export type Target =
  | { kind: "speed"; ours: string; against: readonly string[]; atLeast: number }
  | { kind: "cpu"; ours: string; against: readonly string[]; atMost: number }
  | { kind: "above"; ours: string; against: string; atMost: number }
  | {
    kind: "wall" | "inner" | "peak" | "first";
    ours: string;
    atMost: number;
  };

/** A case that is set up. */
export interface PreparedCase {
  /** Those that do the work; the others are compared with the first. */
  programs: readonly Program[];
  targets: readonly Target[];
  /** What else is found, in sentences; programs may add to them. */
  notes?: readonly string[];
  /** Whether the first run counts as well. */
  needsNoWarmUp?: boolean;
  /** Ends what was started for the case. */
  finish?(): PromiseLike<void>;
}

/** A case of the benchmark. */
export interface BenchCase {
  name: string;
  /** What is done, with the sizes of this run. */
  title(context: BenchContext): string;
  /** The objects that it needs. */
  data: readonly DataName[];
  /** How many bytes its files take at most, next to the objects, at full size. */
  room: number;
  /** How many rounds there are, where it is not as many as asked for. */
  rounds?(asked: number): number;
  prepare(context: BenchContext): Promise<PreparedCase> | PreparedCase;
}
