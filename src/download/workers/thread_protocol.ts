import type { EncodedError } from "./error_codec.ts";
import type { DownloadedFile } from "../file_download.ts";
import type {
  CheckedFileOptions,
  CheckedMemoryOptions,
  DownloadProgress,
  Settings,
} from "../options.ts";

/** What a thread's engine works with; the endpoint as a text. */
export type ThreadSettings = Omit<Settings, "endpoint" | "clock"> & {
  endpoint: string;
};

/** Options without what does not travel between threads. */
export type Plain<T> = Omit<T, "signal" | "onProgress">;

/** A download, as a thread is told of it. */
export type ThreadJob =
  | {
    method: "toFile";
    args: [
      bucket: string,
      key: string,
      path: string,
      options: Plain<CheckedFileOptions>,
    ];
  }
  | {
    method: "toMemory";
    args: [
      bucket: string,
      key: string,
      options: Plain<CheckedMemoryOptions>,
    ];
  };

/** What a job results in. */
export interface ThreadResults {
  toFile: DownloadedFile;
  toMemory: Uint8Array<ArrayBuffer>;
}

/** What is posted to a thread. */
export type ToThread =
  | { id: number; job: ThreadJob; wantsProgress: boolean }
  | { id: number; abort: true };

/** What a thread posts. */
export type FromThread =
  | { kind: "ready" }
  | { kind: "progress"; id: number; progress: DownloadProgress }
  | { kind: "retry"; id: number }
  | {
    kind: "done";
    id: number;
    result: ThreadResults[keyof ThreadResults];
    /** The last progress, where it was not told. */
    progress: DownloadProgress | undefined;
  }
  | { kind: "failed"; id: number; error: EncodedError };
