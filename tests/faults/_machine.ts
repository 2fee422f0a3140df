import { outcomeOf } from "../support/program.ts";
import { sha256 } from "../support/hash.ts";
import { assert, assertEquals, assertFalse } from "@std/assert";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import {
  denoArguments,
  denoDir,
  type Outcome,
  ownEnvironment,
  ROOT,
} from "../support/deno_command.ts";
import { collect, noise } from "../support/data.ts";
import { makeFolder } from "../support/folder.ts";
import {
  type ChildResult,
  type ChildTask,
  SEPARATOR,
} from "./_machine_child.ts";

/** Who may be asked to run something besides the user of the tests: `nobody`. */
const OTHER_USER = 65534;
const CHILD = fileURLToPath(new URL("_machine_child.ts", import.meta.url));

/** Whether permission bits say nothing to the user of these tests. */
export const IS_ROOT: boolean = Deno.build.os !== "windows" && Deno.uid() === 0;

/** Why tests that need a disk of their own are skipped; empty where they are not. */
export const NO_MOUNT: string = tryMount();
/** Whether tests that need a disk of their own are skipped. */
export const CANNOT_MOUNT: boolean = NO_MOUNT !== "";

function tryMount(): string {
  if (Deno.build.os !== "linux") return "skipped: needs Linux";
  if (!IS_ROOT) return "skipped: needs root, to mount";
  try {
    const { success } = new Deno.Command("unshare", {
      args: [
        "--mount",
        "sh",
        "-c",
        "mount -t tmpfs -o size=4k none /tmp && nsenter --version",
      ],
      stdout: "null",
      stderr: "null",
    }).outputSync();
    return success ? "" : "skipped: mount is refused";
  } catch {
    return "skipped: unshare is not there";
  }
}

/** The end of a test's name, which says why it is skipped. */
export function skipNote(reason: string): string {
  return reason === "" ? "" : ` (${reason})`;
}

/** How something is run. */
export interface HowToRun {
  env?: Record<string, string>;
  cwd?: string;
  /** How many file handles are left; only for commands and children. */
  freeFiles?: number;
  /** Whether somebody else runs it, for whom permission bits count. */
  asOther?: boolean;
  /** What a shell does with the command, which is `"$@"` in it. */
  shell?: string;
}

/** Where programs are run, and what they can see. */
interface Place {
  /** What comes before a command. */
  prefix: readonly string[];
  deno: string;
  root: string;
  env: Record<string, string>;
}

const HERE: Place = {
  prefix: [],
  deno: Deno.execPath(),
  root: fileURLToPath(ROOT),
  env: {},
};

/** Runs `deno run` with these arguments, the first one a path in the project. */
async function run(
  place: Place,
  [script = "", ...args]: readonly string[],
  { env = {}, freeFiles, shell = '"$@"', cwd = "/" }: HowToRun,
): Promise<Outcome> {
  const isScarce = freeFiles !== undefined;
  // A command that hangs must not hang the tests.
  const [first = "", ...rest] = [
    ...place.prefix,
    ...Deno.build.os === "linux" ? ["timeout", "--signal=KILL", "60"] : [],
    "sh",
    "-c",
    `cd "$0" && ${isScarce ? "ulimit -n 200 && " : ""}${shell}`,
    cwd,
    place.deno,
    ...denoArguments(
      ["run", "--no-prompt", "--allow-all", place.root + script, ...args],
      { folder: place.root },
    ),
  ];
  return outcomeOf(
    await new Deno.Command(first, {
      args: rest,
      clearEnv: true,
      env: {
        ...ownEnvironment(),
        NO_COLOR: "1",
        ...isScarce ? { TEST_FREE_FILES: `${freeFiles}` } : {},
        ...place.env,
        ...env,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output(),
  );
}

/** Runs `flatbed` to its end, in a way that `runFlatbed` knows nothing of. */
export function runFlatbedHere(
  args: readonly string[],
  how: HowToRun = {},
): Promise<Outcome> {
  return run(HERE, ["cli.ts", ...args], how);
}

/** Runs several commands of `flatbed` one after the other, in one process. */
export function runCommandsHere(
  commands: readonly (readonly string[])[],
  how: HowToRun = {},
): Promise<Outcome[]> {
  return runCommands(HERE, commands, how);
}

async function runCommands(
  place: Place,
  commands: readonly (readonly string[])[],
  how: HowToRun,
): Promise<Outcome[]> {
  const { code, stdout, stderr } = await run(place, [
    CHILD.slice(fileURLToPath(ROOT).length),
    JSON.stringify(commands),
  ], how);
  assertEquals(code, 0, stderr);
  const said = stdout.split(SEPARATOR);
  const complained = stderr.split(SEPARATOR);
  return commands.map((_, index) => ({
    stdout: said[index * 2] ?? "",
    code: Number(said[index * 2 + 1]),
    stderr: complained[index] ?? "",
  }));
}

/** Has a child process do something with the library. */
export function runChildHere(
  task: ChildTask,
  how: HowToRun = {},
): Promise<ChildResult> {
  return runChild(HERE, task, how);
}

async function runChild(
  place: Place,
  task: ChildTask,
  how: HowToRun,
): Promise<ChildResult> {
  const { code, stdout, stderr } = await run(place, [
    CHILD.slice(fileURLToPath(ROOT).length),
    JSON.stringify(task),
  ], how);
  assertEquals([code, stderr], [0, ""]);
  return JSON.parse(stdout);
}

/** A disk of a few kilobytes, which nobody sees but who runs in it. */
export interface SmallDisk extends AsyncDisposable {
  /** Its folder, for whoever runs in it. */
  readonly path: string;
  /** The same folder for everybody else. SQLite cannot use it. */
  readonly outside: string;
  /** Runs `flatbed` in it. */
  flatbed(args: readonly string[], how?: HowToRun): Promise<Outcome>;
  /** Runs several commands of `flatbed` in it one after the other, in one process. */
  commands(
    commands: readonly (readonly string[])[],
    how?: HowToRun,
  ): Promise<Outcome[]>;
  /** Has a child process do something with the library in it. */
  child(task: ChildTask, how?: HowToRun): Promise<ChildResult>;
  /** Mounts it with other options. */
  remount(options: string): Promise<void>;
  /** The names of the files in it, in order, without what Flatbed itself keeps. */
  names(): Promise<string[]>;
}

/**
 * Mounts a small disk in a mount namespace of its own. The namespace is held by a
 * process that waits for its input to end: should the tests be killed, the disk goes
 * with them, and nothing is left on this machine.
 */
export async function mountDisk(options: string): Promise<SmallDisk> {
  const folder = await makeFolder();
  // Others come through to the disk, and to the copies of what they need to run.
  await Deno.chmod(folder.path, 0o755);
  const place = (name: string) => `${folder.path}/${name}`;
  for (const name of ["disk", "project", "cache"]) {
    await Deno.mkdir(place(name));
  }
  await Deno.writeFile(place("deno"), new Uint8Array());
  const cache = await denoDir();
  const holder = new Deno.Command("unshare", {
    args: [
      "--mount",
      "sh",
      "-ec",
      `mount -t tmpfs -o "$1" none "$0/disk"
       mount --bind "$2" "$0/deno"
       mount --bind "$3" "$0/cache"
       mount --bind "$4" "$0/project"
       echo ready
       exec cat`,
      folder.path,
      options,
      Deno.execPath(),
      cache,
      fileURLToPath(ROOT),
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = holder.stdout.getReader();
  const { value } = await reader.read();
  assertEquals(new TextDecoder().decode(value), "ready\n");
  const enter = ["nsenter", `--target=${holder.pid}`, "--mount"];
  const own: Place = { ...HERE, prefix: [...enter, "--"] };
  // Where others cannot come to what they need, they have it from the folder.
  const forOthers = (path: string, copy: string) =>
    isOpenToAll(path) ? path : copy;
  const rootForOthers = forOthers(HERE.root, `${place("project")}/`);
  const others: Place = {
    prefix: [
      ...enter,
      `--setuid=${OTHER_USER}`,
      `--setgid=${OTHER_USER}`,
      "--",
    ],
    deno: forOthers(Deno.execPath(), place("deno")),
    root: rootForOthers,
    env: { DENO_DIR: forOthers(cache, place("cache")), HOME: place("disk") },
  };
  const placeOf = ({ asOther = false }: HowToRun) => asOther ? others : own;
  const path = place("disk");
  const outside = `/proc/${holder.pid}/root${path}`;
  return {
    path,
    outside,
    flatbed: (args, how = {}) => run(placeOf(how), ["cli.ts", ...args], how),
    commands: (commands, how = {}) => runCommands(placeOf(how), commands, how),
    child: (task, how = {}) => runChild(placeOf(how), task, how),
    async remount(options) {
      const [command = "", ...args] = [...enter, "--", "mount"];
      const { success } = await new Deno.Command(command, {
        args: [...args, "-o", `remount,${options}`, path],
      }).output();
      assert(success, options);
    },
    names: () => namesIn(outside),
    async [Symbol.asyncDispose]() {
      await holder.stdin.close();
      await reader.cancel();
      await holder.status;
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The names of the files below a folder, in order, without what Flatbed itself keeps. */
export async function namesIn(path: string, prefix = ""): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (name === ".flatbed") continue;
    if (isDirectory) {
      names.push(...await namesIn(`${path}/${name}`, `${prefix}${name}/`));
    } else names.push(prefix + name);
  }
  return names.sort();
}

/** Writes a file that takes all that is free of a disk, but for so many bytes. */
export async function fill(disk: SmallDisk, leave = 0): Promise<void> {
  const block = new Uint8Array(4096);
  using file = await Deno.open(`${disk.outside}/fill`, {
    write: true,
    create: true,
  });
  try {
    while (true) await file.write(block);
  } catch (error) {
    assert(error instanceof Error && "code" in error, String(error));
    assertEquals(error.code, "ENOSPC");
  }
  const { size } = await file.stat();
  await file.truncate(size - leave);
}

/** Whether others can come to a path and read it. */
function isOpenToAll(path: string): boolean {
  const { mode, isFile } = Deno.statSync(path);
  const needed = isFile ? 0o004 : 0o005;
  const parent = dirname(path);
  return ((mode ?? 0) & needed) === needed &&
    (parent === path || isOpenToAll(parent));
}

/** Why nobody else can run Deno here; empty where somebody can. */
export async function whyNotAsOther(): Promise<string> {
  if (Deno.build.os === "windows") return "skipped: Windows has no such bits";
  if (!IS_ROOT) return "";
  if (CANNOT_MOUNT) return NO_MOUNT;
  await using disk = await mountDisk("size=64k");
  const { code } = await disk.flatbed(["--version"], { asOther: true });
  return code === 0
    ? ""
    : "skipped: another user cannot read this checkout or Deno's cache";
}

/** Asserts that what a user is told is a sentence, and not what the system or a program says. */
export function assertPlain(text: string): void {
  assertFalse(
    /os error|^\s+at |\b(stat|open|remove|rename|mkdir|writefile|readdir) '|ERR_|\bE[A-Z]{4,}\b/m
      .test(text),
    text,
  );
}

/** Bytes that gzip cannot make smaller, in a stream that can be checked. */
export function incompressible(size: number): Uint8Array<ArrayBuffer> {
  return noise(size, 7);
}

/** The SHA-256 of a file, in hexadecimal digits; `undefined` where there is none. */
export async function sha256Of(path: string): Promise<string | undefined> {
  try {
    using file = await Deno.open(path);
    const bytes = await collect(file.readable);
    return sha256(bytes);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
