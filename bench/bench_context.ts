import { fileURLToPath } from "node:url";
import { denoOptions, STAND_INS_VARIABLE } from "../tools/launch.ts";
import {
  answers,
  type BenchServer,
  freePort,
  startChild,
} from "./bench_server.ts";
import type { BenchObject, DataName } from "./data.ts";
import { type Command, measure, type Measurement } from "./measure.ts";
import type { Sizes } from "./sizes.ts";
import { searchPath } from "./tools.ts";

/** Made up, and valid nowhere. */
export const CREDENTIALS = {
  accessKeyId: "bench-key",
  secretAccessKey: "made-up-bench-secret",
};

const root = new URL("../", import.meta.url);

/** What is the same for every case of a run. */
export interface BenchContextOptions {
  sizes: Sizes;
  server: BenchServer;
  /** What the server has. */
  objects: ReadonlyMap<DataName, readonly BenchObject[]>;
  /** The folder of the objects, by their keys. */
  objectsFolder: string;
  /** A folder for what the programs download. */
  downloads: string;
  /** A folder for small things. */
  scratch: string;
  /** The interpreter of the wrapper that measures. */
  python: string;
  /** The interpreter that has boto3. */
  venvPython: string | undefined;
  /** The checkout that our programs are run from; this one by default. */
  checkout?: URL | undefined;
  signal: AbortSignal;
}

/** What a case builds its programs from. */
export class BenchContext {
  readonly #options: BenchContextOptions;

  constructor(options: BenchContextOptions) {
    this.#options = options;
  }

  get sizes(): Sizes {
    return this.#options.sizes;
  }

  /** Where the objects are to be had. */
  get url(): string {
    return this.#options.server.url;
  }

  /** A folder for small things. */
  get scratch(): string {
    return this.#options.scratch;
  }

  /** A path for what a program downloads. */
  download(name: string): string {
    return `${this.#options.downloads}/${name}`;
  }

  /** Where the server has an object. */
  objectPath(key: string): string {
    return `${this.#options.objectsFolder}/${key}`;
  }

  /** The objects of a group. */
  objects(name: DataName): readonly BenchObject[] {
    return this.#options.objects.get(name) ?? [];
  }

  /** The only object of a group. */
  object(name: DataName): BenchObject {
    const [object] = this.objects(name);
    if (object === undefined) throw new Error(`There is no object '${name}'`);
    return object;
  }

  /** Our command line from this checkout. */
  flatbed(args: readonly string[], permissions = ["-A"]): Command {
    return this.#deno("cli.ts", args, permissions);
  }

  /** A program of the benchmark that uses our library. */
  program(name: string, args: readonly string[] = []): Command {
    return this.#deno(`bench/programs/${name}`, args, ["-A"]);
  }

  #deno(
    script: string,
    args: readonly string[],
    permissions: readonly string[],
  ): Command {
    const standIns = Deno.env.get(STAND_INS_VARIABLE) === "yes";
    const { checkout = root } = this.#options;
    const folder = fileURLToPath(checkout);
    const options = denoOptions("run", { standIns }, { folder });
    return {
      isOurs: true,
      argv: [
        ...[Deno.execPath(), "run", ...options],
        ...["--quiet", "--no-prompt", ...permissions],
        ...[fileURLToPath(new URL(script, checkout)), ...args],
      ],
      env: {
        ...Deno.env.toObject(),
        DENO_NO_UPDATE_CHECK: "1",
        NO_COLOR: "1",
        FLATBED_ENDPOINT_URL: this.url,
        FLATBED_ENDPOINT: this.url, // its name in older checkouts
        FLATBED_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
        FLATBED_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      },
    };
  }

  /** The same case with our programs as they are in another checkout. */
  from(checkout: URL): BenchContext {
    return new BenchContext({ ...this.#options, checkout });
  }

  /** Somebody else's program, with nobody's settings. */
  peer(argv: readonly string[]): Command {
    return {
      argv,
      env: {
        PATH: searchPath(),
        HOME: this.scratch,
        LC_ALL: "C.UTF-8",
        AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
        AWS_REGION: "us-east-1",
        AWS_DEFAULT_REGION: "us-east-1",
        AWS_EC2_METADATA_DISABLED: "true",
        // The remote `bench:`; an empty name is a configuration in memory.
        RCLONE_CONFIG: "",
        RCLONE_CONFIG_BENCH_TYPE: "s3",
        RCLONE_CONFIG_BENCH_PROVIDER: "Other",
        RCLONE_CONFIG_BENCH_ENDPOINT: this.url,
        RCLONE_CONFIG_BENCH_REGION: "us-east-1",
        RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
        RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
        RCLONE_CONFIG_BENCH_LIST_VERSION: "2",
        RCLONE_CONFIG_BENCH_NO_CHECK_BUCKET: "true",
      },
    };
  }

  s5cmd(args: readonly string[]): Command {
    return this.peer([
      ...["s5cmd", "--endpoint-url", this.url, "--log", "error", ...args],
    ]);
  }

  aws(args: readonly string[]): Command {
    return this.peer([
      ...["aws", "--endpoint-url", this.url, "s3", ...args],
      "--only-show-errors",
    ]);
  }

  /** A script of `bench/peers/` in the virtual environment. */
  venv(script: string, args: readonly string[]): Command {
    const path = fileURLToPath(new URL(`peers/${script}`, import.meta.url));
    return this.peer([this.#options.venvPython ?? "python", path, ...args]);
  }

  /** A program of the virtual environment. */
  venvProgram(name: string, args: readonly string[]): Command {
    const { venvPython = "python" } = this.#options;
    return this.peer([venvPython.replace(/python$/, name), ...args]);
  }

  /** Runs a program. */
  run(command: Command, watchesOutput = false): Promise<Measurement> {
    const { python, scratch, signal } = this.#options;
    return measure(command, { python, scratch, watchesOutput, signal });
  }

  /** Starts a proxy before the server that delays both directions. */
  async startProxy(
    milliseconds: number,
  ): Promise<AsyncDisposable & { url: string }> {
    const port = freePort();
    const child = startChild(Deno.execPath(), [
      ...["run", "-A", "--quiet", "--no-config", "--no-lock"],
      fileURLToPath(new URL("proxy.ts", import.meta.url)),
      ...[`${port}`, new URL(this.url).port, `${milliseconds}`],
    ]);
    if (!await answers(port, child.isRunning)) {
      throw new Error("The proxy did not start");
    }
    return {
      url: `http://127.0.0.1:${port}`,
      [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
    };
  }
}
