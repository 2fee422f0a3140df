import { fileURLToPath } from "node:url";

/** What a run of a program cost, the whole process. */
export interface Measurement {
  /** Seconds from its start to its end. */
  wall: number;
  /** CPU seconds in user mode. */
  user: number;
  /** CPU seconds in the kernel. */
  sys: number;
  /** The peak of its resident memory, in MB. */
  peak: number;
  /** Seconds until the first byte of its output, where that was asked for. */
  first: number | undefined;
  /** Seconds that the program itself measured for its work, without its start. */
  inner: number | undefined;
  /** What the program printed. */
  output: string;
  /** What it said on standard error, the end of it. */
  messages: string;
}

/** A program that can be run. */
export interface Command {
  argv: readonly string[];
  env?: Record<string, string>;
  /** Whether it is a program of this project, which another checkout has as well. */
  isOurs?: boolean;
}

/** What {@linkcode measure} needs to know. */
export interface MeasureOptions {
  /** The interpreter for the wrapper. */
  python: string;
  /** A folder for the wrapper's files. */
  scratch: string;
  /** Whether the time until the first byte of the output is wanted. */
  watchesOutput?: boolean;
  signal: AbortSignal;
}

/** A run that was no success. */
export class RunError extends Error {
  override name = "RunError";
}

const WRAPPER = fileURLToPath(new URL("measure.py", import.meta.url));

/** Runs a program to its end, and tells what it cost. */
export async function measure(
  { argv, env = {} }: Command,
  { python, scratch, watchesOutput = false, signal }: MeasureOptions,
): Promise<Measurement> {
  signal.throwIfAborted();
  const result = `${scratch}/result.json`;
  const printed = `${scratch}/output.txt`;
  const { code, stderr } = await new Deno.Command(python, {
    args: [
      ...["-I", WRAPPER, result, printed],
      ...(watchesOutput ? ["--first-byte"] : []),
      ...argv,
    ],
    clearEnv: true,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal,
  }).output();
  signal.throwIfAborted();
  const complaint = new TextDecoder().decode(stderr).trim().slice(-2000);
  if (code !== 0) throw new RunError(`The wrapper failed: ${complaint}`);
  const cost = JSON.parse(await Deno.readTextFile(result));
  const output = await Deno.readTextFile(printed);
  if (cost.code !== 0) {
    throw new RunError(
      `Exit code ${cost.code}: ${complaint || output.slice(-2000)}`,
    );
  }
  return {
    wall: cost.wall,
    user: cost.user,
    sys: cost.sys,
    peak: cost.maxrss * 1024 / 1e6,
    first: cost.first ?? undefined,
    inner: readInner(output),
    output,
    messages: complaint,
  };
}

/** The seconds in the report that the programs of the benchmark print. */
function readInner(output: string): number | undefined {
  if (!output.startsWith('{"seconds"')) return undefined;
  const { seconds } = JSON.parse(output);
  return typeof seconds === "number" ? seconds : undefined;
}
