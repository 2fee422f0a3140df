import type {
  CheckedFileOptions,
  CheckedMemoryOptions,
  Settings,
} from "../options.ts";

/** What the worker is started with. */
export interface WorkerStart {
  /** The ring that answers come through. */
  memory: SharedArrayBuffer;
  /** What its engine works with; the endpoint as a text. */
  settings: Omit<Settings, "endpoint"> & { endpoint: string };
}

/** One call, as it is posted to the worker. */
export type WorkerCall =
  | { method: "download"; args: [string, string, CheckedMemoryOptions] }
  | {
    method: "downloadToFile";
    args: [string, string, string, CheckedFileOptions];
  }
  | { method: "listObjects"; args: [string, string, number] }
  | { method: "checkExists"; args: [string, string] }
  | { method: "getStatistics"; args: [] }
  | { method: "resetStatistics"; args: [] };

/** What a frame of the answer is. Each begins with its kind and length, two 32-bit words. */
export const Frame = {
  /** The worker is ready. No payload. */
  Ready: 1,
  /** Bytes begin, anew where there were some before. The size in bytes as a 64-bit float, or NaN. */
  Begin: 2,
  /** Bytes. */
  Data: 3,
  /** The call's result, as JSON. */
  Result: 4,
  /** The call's error, as JSON. */
  Error: 5,
} as const;

/** The length of a frame's head, in bytes. */
export const HEAD_BYTES = 8;
