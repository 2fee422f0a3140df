import type { BenchCase, PreparedCase, Program } from "./bench_case.ts";
import type { BenchContext } from "./bench_context.ts";
import type { Measurement } from "./measure.ts";
import {
  type CaseResult,
  judge,
  type ProgramResult,
  type Run,
} from "./results.ts";
import { type ToolName, TOOLS } from "./tools.ts";

/** How a case is run. */
export interface RunCaseOptions {
  /** How many rounds count. */
  repeat: number;
  /** The programs that are there. */
  has(tool: ToolName): boolean;
  /** Told what is being done. */
  onProgress(text: string): void;
  /** Another checkout whose programs are run next to ours. */
  against?: URL | undefined;
  signal: AbortSignal;
}

/** What a program of the other checkout is called. */
export function nameBefore(name: string): string {
  return `${name} (against)`;
}

/**
 * Runs a case: each program once to warm up and to see that it does its work, then in
 * rounds, forth and back in turns.
 */
export async function runCase(
  benchCase: BenchCase,
  context: BenchContext,
  { repeat, has, onProgress, against, signal }: RunCaseOptions,
): Promise<CaseResult> {
  const prepared = await benchCase.prepare(context);
  const other = against && await benchCase.prepare(context.from(against));
  const programs = [
    ...prepared.programs,
    ...(other?.programs ?? []).filter(({ isOurs }) => isOurs)
      .map((program) => ({ ...program, name: nameBefore(program.name) })),
  ];
  const results = programs.map(({ name }): ProgramResult => ({
    name,
    runs: [],
  }));
  try {
    const lanes: [Program, ProgramResult][] = [];
    for (const [index, program] of programs.entries()) {
      const result = results[index];
      if (result === undefined) continue;
      const lacking = (program.needs ?? []).filter((tool) => !has(tool));
      if (lacking.length > 0) {
        result.problem = lacking.map((tool) =>
          `${tool} is missing: ${TOOLS[tool].howToGet}`
        ).join("; ");
        continue;
      }
      onProgress(`${benchCase.name}: ${program.name}, warm-up`);
      if (await isWorking(program, result, prepared, context, signal)) {
        lanes.push([program, result]);
      }
    }
    const rounds = benchCase.rounds?.(repeat) ?? repeat;
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? lanes : lanes.toReversed();
      for (const [program, result] of order) {
        if (result.runs.length >= rounds) continue; // the warm-up counted
        onProgress(
          `${benchCase.name}: ${program.name}, round ${round + 1} of ${rounds}`,
        );
        result.runs.push(await runOnce(program, context));
      }
    }
  } finally {
    for (const program of programs) await program.after?.();
    await prepared.finish?.();
    await other?.finish?.();
  }
  return {
    name: benchCase.name,
    title: benchCase.title(context),
    programs: results,
    targets: prepared.targets.map((target) => judge(target, results)),
    notes: prepared.notes ?? [],
  };
}

/** The warm-up: whether a program does what it is to do. */
async function isWorking(
  program: Program,
  result: ProgramResult,
  { needsNoWarmUp = false }: PreparedCase,
  context: BenchContext,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await program.before?.();
    const run = await context.run(program, program.watchesOutput);
    await program.verify?.(run);
    if (needsNoWarmUp) {
      result.runs.push(costOf(run));
    }
    return true;
  } catch (error) {
    signal.throwIfAborted();
    result.problem = error instanceof Error ? error.message : String(error);
    return false;
  }
}

async function runOnce(program: Program, context: BenchContext): Promise<Run> {
  await program.before?.();
  return costOf(await context.run(program, program.watchesOutput));
}

/** A measurement without what the program said. */
function costOf({ output: _, messages: __, ...run }: Measurement): Run {
  return run;
}
