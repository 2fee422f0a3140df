import {
  type DemoServer,
  type DemoServerOptions,
  type RequestRecord,
  startDemoServer,
} from "../../src/demo/mod.ts";
import {
  AsyncS3Downloader,
  type AsyncS3DownloaderOptions,
} from "../../src/download/mod.ts";
import { TEST_CREDENTIALS } from "./store.ts";

/** The demo service's bucket. */
export const BUCKET = "flatfiles";

/** A demo service that keeps its requests. */
export interface RecordedServer extends DemoServer {
  /** Every request whose answer has ended. */
  readonly records: RequestRecord[];
}

/** Starts a demo service that takes the tests' credentials and keeps its requests. */
export function startRecorded(
  options: Omit<DemoServerOptions, "onRequest" | "credentials"> = {},
): RecordedServer {
  const records: RequestRecord[] = [];
  const server = startDemoServer({
    ...options,
    credentials: TEST_CREDENTIALS,
    onRequest: (record) => records.push(record),
  });
  return Object.assign(server, { records });
}

/** A downloader that asks a service on this machine, and gives up soon. */
export function openDownloader(
  endpointUrl: string,
  options: AsyncS3DownloaderOptions = {},
): AsyncS3Downloader {
  return new AsyncS3Downloader(TEST_CREDENTIALS, {
    endpointUrl,
    maxRetries: 1,
    timeout: 10,
    ...options,
  });
}
