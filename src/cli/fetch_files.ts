import { S3Catalog } from "../catalog/mod.ts";
import type {
  AsyncS3Downloader,
  DownloadedFile,
  DownloadProgress,
  ObjectInfo,
} from "../download/mod.ts";
import type { DamagedAtSourceError } from "../base/mod.ts";
import { endsRun, formatBytes, linkSignals } from "../base/mod.ts";
import type { Mirror } from "../mirror/mod.ts";
import { compareFile } from "./compare_file.ts";
import { damagedLine } from "./damaged_at_source.ts";
import { absenceOf, explainError } from "./explain_error.ts";
import { formatCount, formatDuration } from "./format.ts";
import { throwIfInterrupted } from "./interrupt.ts";
import { Progress } from "./progress.ts";
import {
  errorRecord,
  OutputError,
  print,
  printError,
  printJson,
  printNote,
  style,
} from "./terminal.ts";

/** What {@linkcode fetchFiles} is told. */
export interface FetchOptions {
  bucket: string;
  /** The folder that the files go to, under their keys. */
  out: string;
  decompress: boolean;
  /** Whether gzip data is not inflated where an MD5 proves the bytes. */
  trustEtag: boolean;
  /** The mirror that the folder is, where it is one: its manifest stays true. */
  mirror?: Mirror | undefined;
  /** Whether it is only told what would be fetched. */
  dryRun?: boolean;
  json: boolean;
  signal: AbortSignal;
}

/** What became of a number of files. */
export interface FetchSummary {
  fetched: number;
  /** Files that would be fetched, where it is only told. */
  planned?: number;
  present: number;
  /** Files whose bytes are the service's, and no whole gzip data. */
  damagedAtSource: number;
  failed: number;
  /** Files that are not due yet. */
  notPublished: number;
  /** Files of days of which there need be none: optional ones, and those before the dataset begins. */
  absent: number;
  /** Bytes as stored, of the fetched files. */
  bytes: number;
  /** Bytes of the fetched files on the disk. */
  written: number;
  /** Milliseconds. */
  elapsed: number;
}

const catalog = new S3Catalog(undefined, { layout: "live" });

/** Ends the name of a file that is damaged at source, where a whole one lies at its place. */
const DAMAGED = ".damaged";

/** The path of an object's file in a folder. */
export function pathOf(
  key: string,
  { out, decompress }: Pick<FetchOptions, "out" | "decompress">,
): string {
  const name = decompress ? key.replace(/\.gz$/, "") : key;
  return `${out.replace(/(?<=.)\/+$/, "")}/${name}`;
}

/** How {@linkcode fetchFiles} has ended. */
export interface FetchOutcome {
  summary: FetchSummary;
  /** What ended it before its time, where going on made no sense. */
  error?: unknown;
}

/**
 * Brings objects into a folder, those that are not there yet, and tells of each: as
 * bars on a terminal, as lines elsewhere. What meets every file ends it; the file that
 * met it first counts as failed.
 *
 * @throws {unknown} The signal's reason, if it is aborted, and what standard output says.
 */
export async function fetchFiles(
  downloader: AsyncS3Downloader,
  keys: readonly string[],
  maxConcurrent: number,
  options: FetchOptions,
): Promise<FetchOutcome> {
  const started = performance.now();
  const summary: FetchSummary = {
    fetched: 0,
    present: 0,
    damagedAtSource: 0,
    failed: 0,
    notPublished: 0,
    absent: 0,
    bytes: 0,
    written: 0,
    elapsed: 0,
  };
  const notes = new Set<string>();
  const isSilent = options.json || options.dryRun === true;
  using progress = await Progress.start(keys.length, isSilent);
  using stop = linkSignals(options.signal);
  const { signal } = stop;
  const queue = keys.values();
  const failures: unknown[] = [];
  const work = async () => {
    for (const key of queue) {
      try {
        await fetchFile(
          downloader,
          key,
          { ...options, signal },
          summary,
          notes,
          progress,
        );
      } catch (error) {
        failures.push(error);
        stop.abort(error);
        return;
      }
    }
  };
  const workers = Math.min(maxConcurrent, keys.length);
  await Promise.all(Array.from({ length: workers }, work));
  summary.elapsed = performance.now() - started;
  progress.clear();
  if (!options.json) notes.forEach((note) => printNote(note));
  if (failures.length === 0) return { summary };
  const [error] = failures;
  throwIfInterrupted(
    options.signal,
    summary.fetched + summary.present,
    keys.length,
  );
  if (isOutputFailure(error)) throw error;
  summary.failed++;
  return { summary, error };
}

async function fetchFile(
  downloader: AsyncS3Downloader,
  key: string,
  options: FetchOptions,
  summary: FetchSummary,
  notes: Set<string>,
  progress: Progress,
): Promise<void> {
  const { decompress, json, signal } = options;
  signal.throwIfAborted();
  const path = pathOf(key, options);
  progress.update(key, 0, undefined);
  try {
    const arrival = await bring(downloader, key, path, options, progress);
    if (arrival.outcome !== "fetched") {
      progress.finish(key, 0);
      if (arrival.gzipFault !== undefined) {
        summary.damagedAtSource++;
        progress.clear();
        tellDamaged({ ...arrival, key }, json, "here");
        return;
      }
      if (arrival.outcome === "present") {
        summary.present++;
        if (json) printJson({ code: "present", key, path });
        else if (!progress.isDrawn) print(`present  ${path}`);
        return;
      }
      const { size } = arrival;
      summary.planned = (summary.planned ?? 0) + 1;
      summary.bytes += size;
      if (json) printJson({ code: "planned", key, path, size });
      else if (!progress.isDrawn) {
        print(`to fetch  ${path}  ${formatBytes(size)}`);
      }
      return;
    }
    const { file, keptAs } = arrival;
    summary.bytes += file.size - file.resumedFrom;
    summary.written += file.bytes;
    progress.finish(key, file.size);
    if (file.gzip === "damaged") {
      summary.damagedAtSource++;
      progress.clear();
      tellDamaged(file, json, placeOf(file, path, decompress), keptAs);
      return;
    }
    summary.fetched++;
    if (json) {
      printJson({
        code: "fetched",
        key,
        path,
        bytes: file.bytes,
        size: file.size,
        etag: file.etag,
        resumedFrom: file.resumedFrom,
        proof: file.proof,
        gzip: file.gzip,
      });
    } else if (!progress.isDrawn) {
      print(`fetched  ${path}  ${formatBytes(file.bytes)}`);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (endsRun(error) || isOutputFailure(error)) throw error;
    progress.finish(key, 0);
    const now = new Date();
    const absence = absenceOf(error, now);
    if (absence !== undefined && !["due", "none"].includes(absence.reason)) {
      const isEarly = absence.reason === "not-due" ||
        absence.reason === "future";
      summary[isEarly ? "notPublished" : "absent"]++;
      if (json) {
        const code = isEarly ? "not-published" : "absent";
        printJson({
          code,
          key,
          reason: absence.reason,
          message: absence.text,
        });
      } else if (absence.reason !== "optional") notes.add(noteOf(absence.text));
      return;
    }
    progress.clear();
    if (isDamagedAtSource(error)) {
      const { fault: gzipFault, size, etag } = error;
      summary.damagedAtSource++;
      if (json) {
        printJson({ code: "damaged-at-source", key, size, etag, gzipFault });
      } else printError(damagedLine({ name: key, gzipFault }, "no-content"));
      return;
    }
    summary.failed++;
    const message = explainError(error, now);
    if (json) {
      printJson({ code: "failed", key, error: errorRecord(error, message) });
    }
    printError(style("red", "failed") + `   ${message}`);
  }
}

/** What became of an object. */
type Arrival =
  | { outcome: "fetched"; file: DownloadedFile; keptAs?: string | undefined }
  | {
    outcome: "present" | "planned";
    path: string;
    size: number;
    /** What is wrong with the gzip data of a file that is there, and damaged at source. */
    gzipFault?: string | undefined;
  };

/** Fetches an object, unless its file is there. */
async function bring(
  downloader: AsyncS3Downloader,
  key: string,
  path: string,
  options: FetchOptions,
  progress: Progress,
): Promise<Arrival> {
  const { bucket, decompress, trustEtag, mirror, signal } = options;
  const { dryRun = false } = options;
  const onProgress = ({ bytes, size }: DownloadProgress) =>
    progress.update(key, bytes, size);
  if (mirror !== undefined && catalog.validateKey(key)) {
    const { outcome, object: { size }, entry, resumedFrom, keptAs } =
      await mirror.fetch(key, { dryRun, trustEtag, signal, onProgress });
    if (outcome === "fetched" && entry !== undefined) {
      return {
        outcome,
        keptAs: keptAs && `${mirror.folder}/${keptAs}`,
        file: { ...entry, path, resumedFrom },
      };
    }
    const { gzipFault } = entry ?? {};
    return {
      outcome: outcome === "present" ? outcome : "planned",
      path,
      size,
      gzipFault,
    };
  }
  let object: Promise<ObjectInfo> | undefined;
  const ask = () => object ??= downloader.getObjectInfo(bucket, key);
  // What was damaged at source lies beside a whole file that was there before.
  for (const place of [path, `${path}${DAMAGED}`]) {
    const { state, gzipFault } = await compareFile(place, ask, {
      decompress,
      trustEtag,
      signal,
    });
    const isHere = state === "damaged" || state === "same" && place === path;
    if (!isHere) continue;
    const { size } = await ask();
    return { outcome: "present", path: place, size, gzipFault };
  }
  if (dryRun) return { outcome: "planned", path, size: (await ask()).size };
  return {
    outcome: "fetched",
    file: await downloader.downloadToFile(bucket, key, path, {
      decompress,
      trustEtag,
      signal,
      onProgress,
    }),
  };
}

/** Where the bytes of an object lie that is damaged at source. */
type Place = "here" | "fetched" | "beside" | "no-content";

/** Where a damaged file has come to that was asked for at a path. */
export function placeOf(
  file: DownloadedFile,
  path: string,
  decompress: boolean,
): Place {
  if (decompress) return "no-content";
  return file.path === path ? "fetched" : "beside";
}

/** Tells of a file that is damaged at source. */
export function tellDamaged(
  file: { path: string; key: string; gzipFault?: string | undefined },
  json: boolean,
  place: Place,
  keptAs?: string,
): void {
  const { path, gzipFault = "is not whole" } = file;
  if (json) {
    const isFetched = place !== "here";
    printJson({ code: "damaged-at-source", ...file, isFetched, keptAs });
  } else if (place === "beside") {
    const name = path.slice(0, -DAMAGED.length);
    printError(
      `${
        damagedLine({ name, gzipFault }, "beside")
      }: they are in ${path}, and the older version that was there stays`,
    );
  } else {
    const where = place === "no-content" ? place : "kept";
    printError(damagedLine({ name: path, gzipFault }, where, keptAs));
  }
}

/** Whether an error says that there is no content to be had. */
function isDamagedAtSource(error: unknown): error is DamagedAtSourceError {
  // Its class is not loaded here before it is needed.
  return error instanceof Error && error.name === "DamagedAtSourceError";
}

/** The end of a sentence as one of its own. */
function noteOf(text: string): string {
  return text.replace(/^it is not due yet: f/, "Not due yet: f");
}

/** Whether nobody takes the output any more. */
function isOutputFailure(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe ||
    error instanceof OutputError;
}

/** The summary in one sentence. */
export function describeSummary(
  summary: FetchSummary,
  retries = 0,
  isDecompressed = false,
): string {
  const {
    fetched,
    planned,
    present,
    damagedAtSource,
    failed,
    notPublished,
    absent,
    bytes,
    written,
    elapsed,
  } = summary;
  const parts = [];
  if (planned !== undefined) {
    parts.push(
      `${formatCount(planned, "file")} to fetch, ${formatBytes(bytes)}`,
    );
  } else if (fetched > 0) {
    parts.push(
      `${formatCount(fetched, "file")} fetched, ${formatBytes(bytes)} in ${
        formatDuration(elapsed)
      } (${formatBytes(bytes / Math.max(elapsed, 1) * 1000)}/s)${
        isDecompressed ? `, ${formatBytes(written)} decompressed` : ""
      }`,
    );
  } else if (failed === 0 && damagedAtSource === 0) {
    parts.push("Nothing to fetch");
  }
  if (present > 0) parts.push(`${formatCount(present, "file")} already here`);
  if (damagedAtSource > 0) {
    parts.push(`${formatCount(damagedAtSource, "file")} damaged at source`);
  }
  if (notPublished > 0) {
    parts.push(`${formatCount(notPublished, "file")} not due yet`);
  }
  if (absent > 0) {
    parts.push(`${formatCount(absent, "file")} not there, and not expected`);
  }
  if (failed > 0) parts.push(`${formatCount(failed, "file")} failed`);
  if (retries > 0) parts.push(formatCount(retries, "retry", "retries"));
  return parts.join("; ");
}
