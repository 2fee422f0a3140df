import { existsSync } from "node:fs";
import { type DataType, explainAbsence, isDue } from "../../catalog/mod.ts";
import {
  AccessDeniedError,
  endsRun,
  forEach,
  type LinkedSignal,
  linkSignals,
  NoSpaceError,
  NotFoundError,
} from "../../base/mod.ts";
import {
  type FileSpace,
  freeBytes,
  PART_ENDINGS,
  spaceForAll,
  statFile,
} from "../../files/mod.ts";
import { adoptFile, MAX_READS } from "../adopt_file.ts";
import { DiskSpace, notEnough } from "./disk_space.ts";
import { NotEnoughSpaceError } from "../errors.ts";
import { fetchFile } from "./fetch_file.ts";
import { relativePathOf } from "../local_path.ts";
import { isWanted } from "../plan/is_wanted.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type { Entitlements } from "../plan/entitlements.ts";
import type { Plan, PlanItem } from "../plan/plan.ts";
import { Refusals } from "./refusals.ts";
import type {
  EventFile,
  SyncEvent,
  SyncOptions,
  SyncSummary,
} from "./sync_event.ts";

/** Runs a plan; the options are checked already. */
export async function runSync(
  context: MirrorContext,
  entitlements: Entitlements,
  plan: Plan,
  options: SyncOptions,
): Promise<SyncSummary> {
  using sync = new Sync(context, entitlements, options);
  return await sync.run(plan);
}

/** One run. */
class Sync implements Disposable {
  readonly #context: MirrorContext;
  readonly #options: SyncOptions;
  readonly #stop: LinkedSignal;
  readonly #signal: AbortSignal;
  readonly #space: DiskSpace;
  /** What each file under way still needs, and where it is written. */
  readonly #reserved = new Map<string, FileSpace & { path: string }>();
  readonly #refusals: Refusals;
  readonly #expansions = new Map<DataType, number>();
  readonly #summary: SyncSummary = {
    fetched: 0,
    replaced: 0,
    present: 0,
    adopted: 0,
    damagedAtSource: 0,
    missing: 0,
    accepted: 0,
    absent: 0,
    refused: 0,
    refusals: [],
    failed: 0,
    kept: 0,
    notPublished: 0,
    released: 0,
    unexpected: 0,
    bytes: 0,
    elapsed: 0,
    isFinished: false,
  };

  constructor(
    context: MirrorContext,
    entitlements: Entitlements,
    options: SyncOptions,
  ) {
    this.#context = context;
    this.#refusals = new Refusals(context, entitlements);
    this.#options = options;
    this.#stop = linkSignals(options.signal);
    this.#signal = this.#stop.signal;
    this.#space = new DiskSpace(context.folder);
  }

  /** Lets go of the caller's signal. */
  [Symbol.dispose](): void {
    this.#stop[Symbol.dispose]();
  }

  async run(plan: Plan): Promise<SyncSummary> {
    const { now } = this.#context;
    const { onEvent, maxConcurrent = 8 } = this.#options;
    const started = now().getTime();
    const summary = this.#summary;
    const wanted = plan.items.filter(isWanted);
    for (const item of plan.items) {
      const { state } = item;
      if (state === "refused") {
        const file = this.#describe(item);
        this.#refusals.refuse(file);
        if (this.#isThere(file)) summary.kept++;
      }
      if (state === "not-published") summary.notPublished++;
      else if (state === "damaged-at-source") summary.damagedAtSource++;
      else if (state !== "new" && state !== "replaced") summary[state]++;
    }
    const untracked = wanted.filter(({ mayBeAdopted }) => mayBeAdopted);
    const others = wanted.filter(({ mayBeAdopted }) => !mayBeAdopted);
    onEvent?.({
      code: "start",
      files: others.length,
      bytes: others.reduce((sum, { size = 0 }) => sum + size, 0),
      untracked: untracked.length,
      present: summary.present,
    });
    for (const item of plan.items) {
      if (item.state === "missing" || item.state === "accepted") {
        onEvent?.({ code: item.state, ...this.#describe(item) });
      }
      if (item.state === "damaged-at-source") {
        onEvent?.({
          code: "damaged-at-source",
          ...this.#describe(item),
          size: item.size,
          etag: item.etag,
          gzipFault: item.gzipFault ?? "is not whole",
          isFetched: false,
        });
      }
    }
    try {
      const adopted = await this.#adoptAll(untracked);
      const left = wanted.filter((item) => !adopted.has(item));
      await this.#checkPlan(left, maxConcurrent);
      await forEach(
        left,
        maxConcurrent,
        (item) => this.#fetch(item),
        this.#signal,
      );
      this.#context.manifest.assertInPlace();
      summary.refusals = await this.#refusals.judge(plan, this.#signal);
      summary.isFinished = true;
    } finally {
      summary.elapsed = now().getTime() - started;
      onEvent?.({ code: "summary", ...summary });
    }
    return summary;
  }

  /** Takes files into the manifest that are what the bucket lists, and tells which items need not be fetched. */
  async #adoptAll(items: readonly PlanItem[]): Promise<Set<PlanItem>> {
    const settled = new Set<PlanItem>();
    await forEach(items, MAX_READS, async (item) => {
      if (await this.#adopt(item)) settled.add(item);
    }, this.#signal);
    return settled;
  }

  /** Whether a file that is there is settled: adopted, or failed. */
  async #adopt(item: PlanItem): Promise<boolean> {
    const onEvent = this.#tell;
    const file = this.#describe(item);
    const { size, etag = "", lastModified } = item;
    if (size === undefined) return false;
    const { encoding } = this.#context;
    onEvent({ code: "examining", ...file, size });
    try {
      const { entry } = await adoptFile(
        this.#context,
        { ...file, encoding },
        { size, etag, lastModified },
        {
          doing: "sync",
          // What is called present must be proven: what is not is fetched.
          areUnprovenTaken: false,
          signal: this.#signal,
        },
      );
      if (entry === undefined) return false;
      const { bytes, sha256, proof, gzip, gzipFault } = entry;
      if (gzip === "damaged") {
        this.#summary.damagedAtSource++;
        onEvent({
          code: "damaged-at-source",
          ...file,
          size,
          etag,
          gzipFault: gzipFault ?? "is not whole",
          isFetched: false,
        });
        return true;
      }
      this.#summary.adopted++;
      onEvent({ code: "adopted", ...file, bytes, etag, sha256, proof, gzip });
    } catch (error) {
      this.#signal.throwIfAborted();
      await this.#count(file, error);
    }
    return true;
  }

  /** Fetches a file, or counts why not. It throws where going on makes no sense. */
  async #fetch(item: PlanItem): Promise<void> {
    const { keepReplaced = false, trustEtag = false } = this.#options;
    const onEvent = this.#tell;
    const file = this.#describe(item);
    const isReplaced = item.state === "replaced";
    onEvent({ code: "fetching", ...file, size: item.size });
    try {
      await this.#reserve(file, item);
      const { entry, resumedFrom, keptAs } = await fetchFile(
        this.#context,
        { ...item, ...file, encoding: this.#context.encoding },
        {
          keepReplaced: keepReplaced && isReplaced,
          trustEtag,
          signal: this.#signal,
          onProgress: ({ bytes, total }) => {
            const reserved = this.#reserved.get(file.key);
            if (reserved !== undefined && total !== undefined) {
              reserved.stored = Math.max(0, total - bytes);
            }
            onEvent({ code: "progress", ...file, bytes, total });
          },
        },
      );
      this.#summary.bytes += entry.size - resumedFrom;
      this.#refusals.read(file);
      if (entry.gzip === "damaged") {
        this.#summary.damagedAtSource++;
        onEvent({
          code: "damaged-at-source",
          ...file,
          size: entry.size,
          etag: entry.etag,
          gzipFault: entry.gzipFault ?? "is not whole",
          isFetched: true,
          ...(keptAs !== undefined && { keptAs }),
        });
        return;
      }
      this.#summary[isReplaced ? "replaced" : "fetched"]++;
      if (item.isUnexpected) this.#summary.unexpected++;
      onEvent({
        code: "fetched",
        ...file,
        bytes: entry.bytes,
        size: entry.size,
        etag: entry.etag,
        sha256: entry.sha256,
        resumedFrom,
        isReplaced,
        ...(keptAs !== undefined && { keptAs }),
        isUnexpected: item.isUnexpected,
        proof: entry.proof,
        gzip: entry.gzip,
      });
    } catch (error) {
      this.#signal.throwIfAborted();
      await this.#count(file, error);
    } finally {
      this.#reserved.delete(file.key);
    }
  }

  /** Tells of an event; what the listener throws ends everything, and is no file's failure. */
  #tell = (event: SyncEvent): void => {
    try {
      this.#options.onEvent?.(event);
    } catch (error) {
      this.#stop.abort(error);
      throw error;
    }
  };

  async #count(file: EventFile, error: unknown): Promise<void> {
    const onEvent = this.#tell;
    const { dataType, date } = file;
    const isNone = error instanceof AccessDeniedError ||
      error instanceof NotFoundError;
    const { now } = this.#context;
    if (isNone && !isDue(date, now())) {
      this.#summary.notPublished++;
      onEvent({ code: "not-published", ...file });
    } else if (error instanceof AccessDeniedError) {
      const isKept = this.#isThere(file);
      this.#refusals.refuse(file);
      this.#summary.refused++;
      if (isKept) this.#summary.kept++;
      onEvent({ code: "refused", ...file, isKept });
    } else if (error instanceof NotFoundError && this.#isAccepted(file)) {
      this.#summary.accepted++;
      onEvent({ code: "accepted", ...file });
    } else if (error instanceof NotFoundError) {
      const { reason } = explainAbsence(dataType, date, now());
      const outcome = reason === "due" ? "missing" : "absent";
      this.#summary[outcome]++;
      onEvent({ code: outcome, ...file });
    } else if (endsRun(error)) {
      const reason = await this.#withFigures(file, error);
      this.#stop.abort(reason);
      throw reason;
    } else {
      this.#summary.failed++;
      onEvent({
        code: "failed",
        ...file,
        error: error instanceof Error ? error : new Error(String(error)),
      });
    }
  }

  /** Whether a file is there, be it an older version, or damaged. */
  #isThere({ path }: EventFile): boolean {
    return existsSync(path);
  }

  #isAccepted({ dataType, date }: EventFile): boolean {
    return this.#context.manifest.acceptedHoles(dataType).includes(date);
  }

  /** Where the disk was full, what was needed and what is free. */
  async #withFigures(file: EventFile, error: unknown): Promise<unknown> {
    if (
      !(error instanceof NoSpaceError) || error instanceof NotEnoughSpaceError
    ) return error;
    return notEnough(
      this.#context.folder,
      `'${file.key}'`,
      this.#needed(),
      await freeBytes(this.#context.folder),
      error,
    );
  }

  /** How many bytes the files under way still need. */
  #needed(): number {
    let needed = 0;
    for (const { stored, content, path } of this.#reserved.values()) {
      // Content is written while its object arrives, or after that.
      const written = content === 0
        ? 0
        : statFile(path + PART_ENDINGS.content)?.size ?? 0;
      needed += stored + Math.max(0, content - written);
    }
    return needed;
  }

  /** Checks that there is space for all that is to be fetched, less what lies there already. */
  async #checkPlan(
    wanted: readonly PlanItem[],
    maxConcurrent: number,
  ): Promise<void> {
    await this.#space.check(
      spaceForAll(wanted.map((item) => this.#spaceFor(item)), maxConcurrent),
      wanted.length === 1 ? "a file" : `${wanted.length} files`,
    );
  }

  /** Checks that there is space for a file besides those under way. */
  async #reserve({ key, path }: EventFile, item: PlanItem): Promise<void> {
    this.#reserved.set(key, { ...this.#spaceFor(item), path });
    await this.#space.check(this.#needed(), `'${key}'`);
  }

  /** What a file needs at least. */
  #spaceFor(item: PlanItem): FileSpace {
    const { path } = this.#describe(item);
    const { size = 0, state, reason, dataType } = item;
    // Asking first costs a fifth of an error.
    const part = existsSync(path + PART_ENDINGS.part)
      ? statFile(path + PART_ENDINGS.part)?.blocks ?? 0
      : 0;
    const isKept = state === "replaced" && this.#options.keepReplaced === true;
    const mayLieThere = state === "replaced" || reason !== undefined;
    const old = mayLieThere && !isKept ? statFile(path) : undefined;
    return {
      stored: Math.max(0, size - part * 512),
      content: this.#context.encoding === "decompressed"
        ? Math.ceil(size * this.#expansionOf(dataType))
        : 0,
      // Under another name, its bytes stay.
      old: old === undefined || (old.nlink ?? 1) > 1 ? 0 : old.size,
    };
  }

  /** How many times as large as its object a content is at least, as far as is known. */
  #expansionOf(dataType: DataType): number {
    const known = this.#expansions.get(dataType) ??
      this.#context.manifest.leastExpansion(dataType) ?? 1;
    this.#expansions.set(dataType, known);
    return known;
  }

  /** The file of an item. A plan is plain data: its paths are not believed. */
  #describe({ dataType, date }: PlanItem): EventFile {
    const { catalog, folder, encoding } = this.#context;
    const key = catalog.getKey(dataType, date);
    const path = `${folder}/${relativePathOf(key, encoding)}`;
    return { dataType, date, key, path };
  }
}
