import type { Target } from "./bench_case.ts";
import { formatRatio, formatSeconds } from "./format.ts";
import type { Machine } from "./machine.ts";
import type { Measurement } from "./measure.ts";
import { type Spread, spreadOf } from "./statistics.ts";

/** A run without what it printed. */
export type Run = Omit<Measurement, "output" | "messages">;

/** What a program did in a case. */
export interface ProgramResult {
  name: string;
  /** One for each round. */
  runs: Run[];
  /** Why there are none. */
  problem?: string;
}

/** What came of a target. */
export interface TargetResult {
  target: Target;
  /** What is asked for. */
  text: string;
  /** What was measured; `undefined` where somebody is missing. */
  value: Spread | undefined;
  verdict: "reached" | "short" | "not measured";
}

/** What came of a case. */
export interface CaseResult {
  name: string;
  title: string;
  programs: ProgramResult[];
  targets: TargetResult[];
  /** What else was found, in sentences. */
  notes: readonly string[];
}

/** What came of all. */
export interface BenchResult {
  machine: Machine;
  server: string;
  folder: string;
  /** The programs and their versions. */
  tools: Record<string, string>;
  /** Programs that are not there, and how to get them. */
  missing: Record<string, string>;
  isSmall: boolean;
  cases: CaseResult[];
}

/** The CPU seconds of a run. */
export function cpuOf({ user, sys }: Run): number {
  return user + sys;
}

/** The ratios of two programs, round by round. */
export function ratios(
  above: ProgramResult,
  below: ProgramResult,
  of: (run: Run) => number,
): Spread | undefined {
  const rounds = above.runs.flatMap((run, round) => {
    const other = below.runs[round];
    return other === undefined ? [] : [of(run) / of(other)];
  });
  return rounds.length === 0 ? undefined : spreadOf(rounds);
}

/** What is asked of a program alone, and where it is to be found. */
const ALONE: Record<
  "wall" | "inner" | "peak" | "first",
  (atMost: number) => { what: string; of: (run: Run) => number }
> = {
  wall: (atMost) => ({ what: `at most ${atMost} s`, of: ({ wall }) => wall }),
  inner: (atMost) => ({
    what: `at most ${atMost} s inside`,
    of: ({ inner = NaN }) => inner,
  }),
  peak: (atMost) => ({ what: `at most ${atMost} MB`, of: ({ peak }) => peak }),
  first: (atMost) => ({
    what: `the first line before ${atMost * 100} % of the time`,
    of: ({ first = NaN, wall }) => first / wall,
  }),
};

/** Compares what was measured with what must be reached. */
export function judge(
  target: Target,
  programs: readonly ProgramResult[],
): TargetResult {
  const find = (name: string) =>
    programs.find((program) =>
      program.name === name && program.runs.length > 0
    );
  const ours = find(target.ours);
  if (target.kind === "speed" || target.kind === "cpu") {
    const peers = target.against.flatMap((name) => find(name) ?? []);
    const of = target.kind === "cpu" ? cpuOf : ({ wall }: Run) => wall;
    const medianOf = ({ runs }: ProgramResult) => spreadOf(runs.map(of)).median;
    // The best of those that are there.
    const best = peers.toSorted((a, b) => medianOf(a) - medianOf(b))[0];
    const names = target.against.join(", ");
    const text = target.kind === "speed"
      ? `${target.ours}: at least ${target.atLeast} times the speed of ${
        target.against.length > 1 ? `the best of ${names}` : names
      }`
      : `${target.ours}: at most ${target.atMost} times the CPU of ${names}`;
    if (ours === undefined || best === undefined) {
      return { target, text, value: undefined, verdict: "not measured" };
    }
    const value = target.kind === "speed"
      ? ratios(best, ours, of)
      : ratios(ours, best, of);
    if (value === undefined) {
      return { target, text, value, verdict: "not measured" };
    }
    const isReached = target.kind === "speed"
      ? value.median >= target.atLeast
      : value.median <= target.atMost;
    return { target, text, value, verdict: isReached ? "reached" : "short" };
  }
  if (target.kind === "above") {
    const other = find(target.against);
    const text =
      `${target.ours}: at most ${target.atMost} s above ${target.against} without its start`;
    const differences = ours?.runs.flatMap(({ wall }, round) => {
      const { inner } = other?.runs[round] ?? {};
      return inner === undefined ? [] : [wall - inner];
    }) ?? [];
    if (differences.length === 0) {
      return { target, text, value: undefined, verdict: "not measured" };
    }
    const value = spreadOf(differences);
    const isReached = value.median <= target.atMost;
    return { target, text, value, verdict: isReached ? "reached" : "short" };
  }
  const { kind, atMost } = target;
  const { what, of } = ALONE[kind](atMost);
  const text = `${target.ours}: ${what}`;
  if (ours === undefined) {
    return { target, text, value: undefined, verdict: "not measured" };
  }
  const value = spreadOf(ours.runs.map(of));
  const isReached = value.median <= atMost;
  return { target, text, value, verdict: isReached ? "reached" : "short" };
}

/** The result of a target in words. */
export function describeTarget(
  { target, text, value, verdict }: TargetResult,
): string {
  if (value === undefined) return `${text}: ${verdict}`;
  const format = (number: number): string => {
    switch (target.kind) {
      case "above":
      case "wall":
      case "inner":
        return `${formatSeconds(number)} s`;
      case "peak":
        return `${number.toFixed(0)} MB`;
      case "first":
        return `${(number * 100).toFixed(0)} %`;
      default:
        return formatRatio(number);
    }
  };
  const { median, min, max } = value;
  return `${text}: ${format(median)} (${format(min)} to ${
    format(max)
  }): ${verdict}`;
}
