import { type DemoServerOptions, startDemoServer } from "../../src/demo/mod.ts";
import { AsyncS3Downloader } from "../../src/download/mod.ts";
import { Mirror, type PlanOptions } from "../../src/mirror/mod.ts";
import { environmentOf } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import { startUiProcess, type UiProcess } from "./_ui_process.ts";

/** A demo service, a folder with a mirror, and the pages that are started over it. */
export interface UiSetup extends AsyncDisposable {
  /** The mirror's folder. */
  readonly path: string;
  /** The service. */
  readonly server: ReturnType<typeof startDemoServer>;
  /** What leads programs to the service. */
  readonly env: Record<string, string>;
  /** Fetches files into the mirror. */
  fill(options: PlanOptions): Promise<void>;
  /** Starts `flatbed ui` over the mirror, or over another place, with the credentials unless others are given. */
  start(
    args?: readonly string[],
    options?: { out?: string; env?: Record<string, string>; cwd?: string },
  ): Promise<UiProcess>;
}

/** A few days of which two datasets have files; all later ones are missing. */
export const DAYS = {
  dataTypes: ["stocks_daily", "stocks_minute"],
  from: "2024-01-02",
  to: "2024-01-12",
} as const satisfies PlanOptions;

/** Starts a demo service, and makes an empty folder, whose own name may be chosen. */
export async function setUpUi(
  { name = "mirror", ...options }: DemoServerOptions & { name?: string } = {},
): Promise<UiSetup> {
  const folder = await makeFolder();
  const server = startDemoServer({ scale: 0.01, ...options });
  const path = `${folder.path}/${name}`;
  const env = environmentOf(server);
  const started: UiProcess[] = [];
  return {
    path,
    server,
    env,
    async fill(options) {
      await using downloader = new AsyncS3Downloader(server.credentials, {
        endpointUrl: server.url,
      });
      await using mirror = await Mirror.open(path, { downloader });
      await mirror.sync(await mirror.plan(options));
    },
    async start(args = [], { out = path, env: own = env, cwd } = {}) {
      const ui = await startUiProcess(["--out", out, ...args], own, cwd);
      started.push(ui);
      return ui;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((ui) => ui.kill()));
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
