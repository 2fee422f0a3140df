import { assertEquals } from "@std/assert";
import { explainError } from "../../src/cli/explain_error.ts";
import type { DemoServerOptions } from "../../src/demo/mod.ts";
import type { AsyncS3Downloader } from "../../src/download/mod.ts";
import { Mirror } from "../../src/mirror/mod.ts";
import type { OpenedMirror, UiOptions } from "../../src/web/mod.ts";
import type {
  Job,
  JobAnswer,
  JobsAnswer,
  JobState,
  StartAnswer,
} from "../../src/web/ui/jobs/job_types.ts";
import {
  openDownloader,
  type RecordedServer,
  startRecorded,
} from "../support/demo.ts";
import { makeFolder, type TemporaryFolder } from "../support/folder.ts";
import { waitUntil } from "../support/wait_until.ts";
import { startTestUi, type TestUi } from "./_ui.ts";

/** A page's server with a demo service and an empty folder. */
export interface JobsSetup extends AsyncDisposable {
  readonly server: RecordedServer;
  readonly folder: TemporaryFolder;
  readonly page: TestUi;
  /** Asks for a path, and returns what the JSON of the answer says. */
  get<T>(path: string): Promise<T>;
  /** Posts JSON; the answer must have this status. */
  post<T>(path: string, body: unknown, status?: number): Promise<T>;
  /** Starts a job. */
  start(request: unknown): Promise<Job>;
  /** Does something with a job. */
  change(what: "pause" | "resume" | "cancel", job: Job): Promise<Job>;
  /** A job as it is now. */
  job(id: string): Promise<Job>;
  /** Waits until a job is in one of some states. */
  until(job: Job, ...states: JobState[]): Promise<Job>;
}

/** When the days before this are due. */
export const NOW = new Date("2024-01-08T17:00:00Z");

/** Starts a demo service, and a page's server over an empty folder. */
export async function setUpJobs(
  options: Omit<DemoServerOptions, "onRequest" | "credentials"> = {},
  ui: Partial<UiOptions> = {},
): Promise<JobsSetup> {
  const server = startRecorded({ scale: 0.01, ...options });
  const folder = await makeFolder();
  const open = async (
    readOnly: boolean,
    asksService: boolean,
  ): Promise<OpenedMirror> => {
    const downloader: AsyncS3Downloader | undefined = asksService
      ? openDownloader(server.url)
      : undefined;
    const close = () => downloader?.[Symbol.asyncDispose]();
    try {
      const mirror = await Mirror.open(folder.path, {
        downloader,
        readOnly,
        now: () => NOW,
        command: "flatbed ui",
      });
      return {
        mirror,
        async [Symbol.asyncDispose]() {
          await mirror[Symbol.asyncDispose]();
          await close();
        },
      };
    } catch (error) {
      await close();
      throw error;
    }
  };
  const page = await startTestUi({
    location: folder.path,
    openReader: () =>
      Mirror.open(folder.path, { readOnly: true, now: () => NOW }),
    openReaderOf: ({ asksService }) => open(true, asksService),
    openWriter: ({ asksService }) => open(false, asksService),
    explain: (error) => explainError(error, NOW),
    now: () => NOW,
    ...ui,
  });
  const get = async <T>(path: string): Promise<T> => {
    const { status, text } = await page.ask(path);
    assertEquals(status, 200, text);
    return JSON.parse(text);
  };
  const post = async <T>(
    path: string,
    body: unknown,
    expected = 200,
  ): Promise<T> => {
    const { status, text } = await page.ask(path, {
      method: "POST",
      headers: {
        "x-flatbed-token": page.token,
        "content-type": "application/json",
      },
      body: JSON.stringify(body),
    });
    assertEquals(status, expected, text);
    return JSON.parse(text);
  };
  const job = async (id: string) => {
    const { jobs } = await get<JobsAnswer>("/api/jobs");
    const found = jobs.find((job) => job.id === id);
    if (found === undefined) throw new Error(`There is no job ${id}`);
    return found;
  };
  return {
    server,
    folder,
    page,
    get,
    post,
    start: async (request) =>
      (await post<StartAnswer>("/api/jobs", request)).job,
    change: async (what, { id }) =>
      (await post<JobAnswer>(`/api/jobs/${what}`, { id })).job,
    job,
    async until({ id }, ...states) {
      let now = await job(id);
      await waitUntil(
        async () => states.includes((now = await job(id)).state),
        () => JSON.stringify(now, undefined, 2),
        { seconds: 30 },
      );
      return now;
    },
    async [Symbol.asyncDispose]() {
      await page[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
