import { endsRun, formatBytes } from "../../base/mod.ts";
import { absenceOf, S3Catalog } from "../../catalog/mod.ts";
import type {
  AsyncS3Downloader,
  DownloadFilesEvent,
} from "../../download/mod.ts";
import type { ActivityRun, Message, Mirror } from "../../mirror/mod.ts";
import { explainError } from "../explain_error.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import { messageLine } from "../print_message.ts";
import { Progress } from "../progress.ts";
import {
  errorRecord,
  print,
  printError,
  printJson,
  printNote,
  style,
} from "../terminal.ts";
import type { GetSummary } from "./get_summary.ts";
import { tellDamaged } from "./tell_damaged.ts";

/** Options of {@linkcode getFiles}. */
export interface GetFilesOptions {
  bucket: string;
  /** The folder that the files go to, under their keys. */
  out: string;
  decompress: boolean;
  /** Whether gzip data is not inflated where an MD5 proves the bytes. */
  trustEtag: boolean;
  maxConcurrent: number;
  /** The mirror that the folder is, where it is one: its manifest stays true. */
  mirror?: Mirror | undefined;
  /** What shows elsewhere what is done here. */
  activity?: ActivityRun | undefined;
  /** Whether nothing is fetched, and it is only told what would be. */
  dryRun?: boolean;
  json: boolean;
  signal: AbortSignal;
}

/** How {@linkcode getFiles} has ended. */
export interface GetOutcome {
  summary: GetSummary;
  /** Why files could not be fetched. */
  failures: readonly Error[];
  /** What ended the run early: an error that all other files would have met as well. */
  error?: unknown;
}

const catalog = new S3Catalog(undefined, { layout: "live" });

/**
 * Downloads objects to a folder, and renders the events: as bars on a terminal, as lines
 * elsewhere.
 *
 * @throws {unknown} The signal's reason, if it is aborted, and what standard output says.
 */
export async function getFiles(
  downloader: AsyncS3Downloader,
  keys: readonly string[],
  options: GetFilesOptions,
): Promise<GetOutcome> {
  const { bucket, out, decompress, trustEtag, mirror, signal } = options;
  const { maxConcurrent, dryRun = false, json } = options;
  using progress = await Progress.start(keys.length, json || dryRun);
  const teller = new Teller(progress, json, options.activity);
  let error: unknown;
  try {
    await downloader.downloadFiles(bucket, keys, out, {
      decompress,
      trustEtag,
      dryRun,
      maxConcurrent,
      signal,
      onEvent: (event) => teller.tell(event),
      fetch: (key, each) =>
        mirror === undefined || !catalog.validateKey(key)
          ? undefined
          : mirror.fetch(key, each),
    });
  } catch (thrown) {
    error = thrown;
  }
  progress.clear();
  if (teller.summary === undefined) throw error;
  const { planned, isFinished: _, ...counts } = teller.summary;
  const { notPublished, absent, failures } = teller;
  const summary: GetSummary = {
    ...counts,
    ...(planned > 0 && { planned }),
    failed: counts.failed - notPublished - absent,
    notPublished,
    absent,
  };
  if (!json) teller.notes.forEach((note) => printNote(note));
  if (error === undefined) return { summary, failures };
  throwIfInterrupted(signal, summary.fetched + summary.present, keys.length);
  if (!endsRun(error)) throw error; // the output failed
  return { summary, failures, error };
}

/** The width of the longest word of a line. */
const WIDTH = "fetched".length;

/** Renders events, and finds out which absences are no failures. */
class Teller {
  readonly #progress: Progress;
  readonly #json: boolean;
  readonly #activity: ActivityRun | undefined;
  /** Told once each, at the end. */
  readonly notes = new Set<string>();
  /** Why files could not be fetched. */
  readonly failures: Error[] = [];
  /** How many files are not due yet. */
  notPublished = 0;
  /** How many files need not exist. */
  absent = 0;
  /** The downloader's own summary; there is none if it refused its arguments. */
  summary: Extract<DownloadFilesEvent, { code: "summary" }> | undefined;

  constructor(
    progress: Progress,
    json: boolean,
    activity: ActivityRun | undefined,
  ) {
    this.#progress = progress;
    this.#json = json;
    this.#activity = activity;
  }

  tell(event: DownloadFilesEvent): void {
    const progress = this.#progress;
    switch (event.code) {
      case "fetching":
        return progress.update(event.key, 0, undefined);
      case "progress":
        return progress.update(event.key, event.bytes, event.size);
      case "present":
      case "planned":
      case "fetched":
        return this.#tellFile(event);
      case "damaged-at-source": {
        const { code: _, ...damaged } = event;
        progress.finish(event.key, event.size);
        progress.clear();
        this.#activity?.tell({
          level: "error",
          word: "damaged",
          text:
            `${event.key}: damaged at source: its gzip data ${event.gzipFault}`,
        });
        return tellDamaged(damaged, this.#json);
      }
      case "failed":
        return this.#tellFailed(event.key, event.error);
      case "summary":
        this.summary = event;
    }
  }

  #tellFile(
    event: Extract<
      DownloadFilesEvent,
      { code: "present" | "planned" | "fetched" }
    >,
  ): void {
    const { key, path, size } = event;
    const progress = this.#progress;
    progress.finish(key, event.code === "fetched" ? size : 0);
    const message: Message = {
      level: "info",
      ...event.code === "present"
        ? { word: "present", text: path }
        : event.code === "planned"
        ? { word: "to fetch", text: `${path}  ${formatBytes(size)}` }
        : { word: "fetched", text: `${path}  ${formatBytes(event.bytes)}` },
    };
    if (event.code === "fetched") this.#activity?.tell(message);
    if (this.#json) {
      printJson(
        event.code === "present" ? { ...event, size: undefined } : event,
      );
    } else if (!progress.isDrawn) {
      print(messageLine(message, { width: WIDTH }));
    }
  }

  #tellFailed(key: string, error: Error): void {
    this.#progress.finish(key, 0);
    const now = new Date();
    const absence = absenceOf(error, now);
    if (absence !== undefined && !["due", "none"].includes(absence.reason)) {
      const { reason, text } = absence;
      const isEarly = reason === "not-due" || reason === "future";
      this[isEarly ? "notPublished" : "absent"]++;
      if (this.#json) {
        const code = isEarly ? "not-published" : "absent";
        printJson({ code, key, reason, message: text });
      } else if (reason !== "optional") {
        this.notes.add(text.replace(/^it is not due yet: f/, "Not due yet: f"));
      }
      return;
    }
    this.failures.push(error);
    this.#progress.clear();
    const message = explainError(error, now);
    this.#activity?.tell({ level: "error", word: "failed", text: message });
    if (this.#json) {
      printJson({ code: "failed", key, error: errorRecord(error, message) });
    }
    printError(style("red", "failed") + `   ${message}`);
  }
}
