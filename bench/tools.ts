/** A program of somebody else's. */
export type ToolName =
  | "nginx"
  | "s5cmd"
  | "rclone"
  | "aws"
  | "curl"
  | "gunzip"
  | "igzip"
  | "aioboto3"
  | "boto3"
  | "duckdb"
  | "polars"
  | "rapidgzip";

/** What is known of a program. */
interface ToolFacts {
  /** How it tells its version. */
  version: readonly string[];
  /** How to get it. */
  howToGet: string;
}

const VENV = "deno task bench --make-venv (needs python3 with venv)";

/** The programs that the benchmark uses where they are. */
export const TOOLS: Readonly<Record<ToolName, ToolFacts>> = {
  nginx: { version: ["-v"], howToGet: "apt install nginx-light" },
  s5cmd: {
    version: ["version"],
    howToGet: "go install github.com/peak/s5cmd/v2@latest",
  },
  rclone: {
    version: ["version"],
    howToGet:
      "apt install rclone, or go install github.com/rclone/rclone@latest",
  },
  aws: { version: ["--version"], howToGet: "apt install awscli" },
  curl: { version: ["--version"], howToGet: "apt install curl" },
  gunzip: { version: ["--version"], howToGet: "apt install gzip" },
  igzip: { version: ["--version"], howToGet: "apt install isal" },
  aioboto3: { version: [], howToGet: VENV },
  boto3: { version: [], howToGet: VENV },
  duckdb: { version: [], howToGet: VENV },
  polars: { version: [], howToGet: VENV },
  rapidgzip: { version: [], howToGet: VENV },
};

/** A program that is there. */
export interface FoundTool {
  path: string;
  /** The first line of what it says of its version. */
  version: string;
}

/**
 * Where programs are looked for: the folder that `FLATBED_BENCH_BIN` names, the PATH,
 * and where Debian has servers. The shims of version managers are left out: they would
 * be measured as well.
 */
export function searchPath(): string {
  const own = Deno.env.get("FLATBED_BENCH_BIN");
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) =>
    folder !== "" && !/\/shims\/?$/.test(folder)
  );
  return [...(own ? [own] : []), ...folders, "/usr/sbin"].join(":");
}

/** Where a program is on the search path. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of searchPath().split(":")) {
    const path = `${folder}/${name}`;
    const file = await Deno.stat(path).catch(() => undefined);
    if (file?.isFile && ((file.mode ?? 0) & 0o111) !== 0) return path;
  }
}

/** All programs that are there. */
export async function findTools(): Promise<Map<ToolName, FoundTool>> {
  const found = new Map<ToolName, FoundTool>();
  for (const [name, { version }] of Object.entries(TOOLS)) {
    if (version.length === 0) continue; // not programs
    const path = await findProgram(name);
    if (path === undefined) continue;
    found.set(name as ToolName, { path, version: await ask(path, version) });
  }
  return found;
}

/** The first line of what a program prints. */
export async function ask(
  path: string,
  args: readonly string[],
): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(path, {
    args: [...args],
    clearEnv: true,
    env: { PATH: searchPath() },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout).trim() || decoder.decode(stderr).trim();
  // Some tell of their platform and of every library.
  return (text.split("\n")[0] ?? "").replace(
    / (\([^)]*-[^)]*\)|Python\/).*$/,
    "",
  );
}
