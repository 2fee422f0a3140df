import {
  AccessDeniedError,
  asError,
  endsRun,
  forEach,
  type LinkedSignal,
  linkSignals,
  NotFoundError,
  passesSoon,
} from "../../base/mod.ts";
import { type DataType, explainAbsence, isDue } from "../../catalog/mod.ts";
import { adoptFile, MAX_READS } from "../adopt_file.ts";
import { ClaimLostError } from "../destination/pieces.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { type MirrorFile, mirrorFile } from "../mirror_file.ts";
import type { Entitlements } from "../plan/entitlements.ts";
import { isWanted } from "../plan/is_wanted.ts";
import type { Plan, PlanItem, PlannedPieces } from "../plan/plan.ts";
import { versionDifference } from "../plan/version_difference.ts";
import { dropSettled } from "../split/drop_settled.ts";
import {
  type FetchedPieces,
  fetchPieces,
  lookForPieces,
  piecesOf,
} from "../split/fetch_pieces.ts";
import { damagedEvent } from "./damaged_event.ts";
import { type FetchedFile, fetchFile } from "./fetch_file.ts";
import { outcomeOf } from "./outcome_of.ts";
import { Refusals } from "./refusals.ts";
import { SpaceBudget } from "./space_budget.ts";
import type { SyncEvent } from "./sync_event.ts";
import type { SyncOptions } from "./sync_options.ts";
import { emptySummary, type SyncSummary } from "./sync_summary.ts";

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
  readonly #space: SpaceBudget;
  readonly #refusals: Refusals;
  readonly #summary = emptySummary();
  /** The files of which this shard's pieces are there, and that were not whole. */
  readonly #inPieces: FetchedPieces[] = [];
  readonly #incomplete = new Set<DataType>();
  /** Whether the plan's listing was made before this run. */
  #isListingOld = false;

  constructor(
    context: MirrorContext,
    entitlements: Entitlements,
    options: SyncOptions,
  ) {
    this.#context = context;
    this.#options = options;
    this.#stop = linkSignals(options.signal);
    this.#signal = this.#stop.signal;
    this.#space = new SpaceBudget(context, options.keepReplaced ?? false);
    this.#refusals = new Refusals(context, entitlements);
  }

  /** Lets go of the caller's signal. */
  [Symbol.dispose](): void {
    this.#stop[Symbol.dispose]();
  }

  async run(plan: Plan): Promise<SyncSummary> {
    const { isMine, manifest, now } = this.#context;
    const { onEvent, maxConcurrent = 8 } = this.#options;
    const started = now().getTime();
    const summary = this.#summary;
    this.#isListingOld = plan.listedAt !== undefined;
    // A plan may have been made for all shards.
    const items = plan.items.filter((item) =>
      item.pieces !== undefined || isMine(this.#fileOf(item).key)
    );
    items.forEach((item) => this.#countPlanned(item));
    const wanted = items.filter(isWanted);
    const untracked = wanted.filter(({ mayBeAdopted }) => mayBeAdopted);
    const others = wanted.filter(({ mayBeAdopted }) => !mayBeAdopted);
    onEvent?.({
      code: "start",
      files: others.length,
      bytes: others.reduce(
        (sum, { size = 0, pieces }) => sum + (pieces?.bytes ?? size),
        0,
      ),
      untracked: untracked.length,
      present: summary.present,
    });
    items.forEach((item) => this.#tellPlanned(item));
    try {
      if (wanted.length > 0) manifest.assertWritable();
      if (this.#context.shard === undefined) {
        const settled = items.filter(({ state }) => state === "present");
        await dropSettled(
          this.#context,
          new Set(settled.map((item) => this.#fileOf(item).path)),
        );
      }
      const settled = new Set<PlanItem>();
      await forEach(untracked, MAX_READS, async (item) => {
        if (await this.#adopt(item)) settled.add(item);
      }, this.#signal);
      const left = wanted.filter((item) => !settled.has(item));
      await this.#space.checkAll(left, maxConcurrent);
      await forEach(
        left,
        maxConcurrent,
        (item) => hasPieces(item) ? this.#fetchPieces(item) : this.#fetch(item),
        this.#signal,
      );
      // Others may have finished theirs meanwhile, and have missed that this one has too.
      await forEach(
        this.#inPieces,
        1,
        (found) => this.#joinPieces(found, true),
        this.#signal,
      );
      manifest.assertInPlace();
      summary.refusals = await this.#refusals.judge(plan, this.#signal);
      summary.isFinished = true;
    } finally {
      for (const { dataType, newer } of summary.refusals) {
        if (newer.length > 0) this.#incomplete.add(dataType);
      }
      summary.incomplete = [...this.#incomplete];
      summary.outcome = outcomeOf(summary);
      summary.elapsed = now().getTime() - started;
      onEvent?.({ code: "summary", ...summary });
    }
    return summary;
  }

  /** The file of an item. A plan is plain data: its paths are not trusted. */
  #fileOf({ dataType, date }: PlanItem): MirrorFile {
    return mirrorFile(dataType, date, this.#context.encoding);
  }

  /** Counts an item of which nothing is fetched. */
  #countPlanned(item: PlanItem): void {
    const summary = this.#summary;
    const { state } = item;
    if (state === "refused") {
      this.#refusals.refuse(this.#fileOf(item));
      if (item.isKept) summary.kept++;
    }
    if (state === "not-published") summary.notPublished++;
    else if (state === "damaged-at-source") summary.damagedAtSource++;
    else if (state !== "new" && state !== "replaced") summary[state]++;
  }

  /** Tells of an item that is not as it should be, and of which nothing is fetched. */
  #tellPlanned(item: PlanItem): void {
    const { onEvent } = this.#options;
    if (item.state === "missing") this.#incomplete.add(item.dataType);
    if (item.state === "missing" || item.state === "accepted") {
      onEvent?.({ code: item.state, ...this.#fileOf(item) });
    } else if (item.state === "damaged-at-source") {
      onEvent?.(damagedEvent(this.#fileOf(item), item, false));
    }
  }

  /** Whether a file that is there is settled: adopted, or failed. */
  async #adopt(item: PlanItem): Promise<boolean> {
    const onEvent = this.#tell;
    const file = this.#fileOf(item);
    const { size, etag = "", lastModified } = item;
    if (size === undefined) return false;
    onEvent({ code: "examining", ...file, size });
    try {
      const { entry } = await adoptFile(
        this.#context,
        file,
        { size, etag, lastModified },
        {
          doing: "sync",
          // What is called present must be proven: what is not is fetched.
          areUnprovenTaken: false,
          signal: this.#signal,
        },
      );
      if (entry === undefined) return false;
      const { bytes, sha256, proof, gzip } = entry;
      if (gzip === "damaged") {
        this.#summary.damagedAtSource++;
        onEvent(damagedEvent(file, entry, false));
      } else {
        this.#summary.adopted++;
        onEvent({
          code: "adopted",
          ...file,
          bytes,
          etag,
          sha256,
          proof,
          gzip,
        });
      }
    } catch (error) {
      this.#signal.throwIfAborted();
      await this.#countFailure(file, error);
    }
    return true;
  }

  /** Fetches a file, or counts why not. It throws if every other file would fail as well. */
  async #fetch(item: PlanItem): Promise<void> {
    const { keepReplaced = false, trustEtag = false } = this.#options;
    const onEvent = this.#tell;
    const file = this.#fileOf(item);
    const isReplaced = item.state === "replaced";
    try {
      if (isReplaced && await this.#isNewest(file)) {
        this.#summary.present++;
        return;
      }
      onEvent({ code: "fetching", ...file, size: item.size });
      await this.#space.reserve(file, item);
      const fetched = await fetchFile(
        this.#context,
        file,
        {
          object: item,
          wasAbsent: item.state === "new" &&
            (item.reason === undefined || item.reason === "lost"),
          keepReplaced: keepReplaced && isReplaced,
          trustEtag,
          signal: this.#signal,
          onProgress: ({ bytes, size }) => {
            if (size !== undefined) this.#space.update(file, size - bytes);
            onEvent({ code: "progress", ...file, bytes, size });
          },
        },
      );
      this.#countFetched(file, item, fetched);
    } catch (error) {
      this.#signal.throwIfAborted();
      await this.#countFailure(file, error);
    } finally {
      this.#space.release(file);
    }
  }

  /** Whether the file that is there is the newest version all the same: the listing may be older than it. */
  async #isNewest({ key, encoding }: MirrorFile): Promise<boolean> {
    const { catalog: { bucket }, downloader, manifest } = this.#context;
    const entry = manifest.entry(key, encoding);
    if (!this.#isListingOld || entry === undefined) return false;
    const object = await downloader("sync").getObjectInfo(bucket, key, {
      signal: this.#signal,
    });
    return versionDifference(entry, object) === undefined;
  }

  /** Counts a file that was fetched, and tells of it. */
  #countFetched(
    file: MirrorFile,
    item: PlanItem,
    { entry, resumedFrom, keptAs }: FetchedFile,
  ): void {
    const onEvent = this.#tell;
    const isReplaced = item.state === "replaced";
    this.#summary.bytes += entry.size - resumedFrom;
    this.#refusals.read(file);
    if (entry.gzip === "damaged") {
      this.#summary.damagedAtSource++;
      onEvent(damagedEvent(file, entry, true, keptAs));
      return;
    }
    this.#summary[isReplaced ? "replaced" : "fetched"]++;
    if (item.isUnexpected) this.#summary.unexpected++;
    const { bytes, size, etag, sha256, proof, gzip } = entry;
    onEvent({
      code: "fetched",
      ...file,
      bytes,
      size,
      etag,
      sha256,
      resumedFrom,
      isReplaced,
      ...(keptAs !== undefined && { keptAs }),
      isUnexpected: item.isUnexpected,
      proof,
      gzip,
    });
  }

  /** Fetches this shard's pieces of a file; the last shard puts it together. */
  async #fetchPieces(
    item: PlanItem & { pieces: PlannedPieces },
  ): Promise<void> {
    const onEvent = this.#tell;
    const file = this.#fileOf(item);
    onEvent({ code: "fetching", ...file, size: item.pieces.bytes });
    try {
      await this.#space.reserve(file, item);
      const fetched = await fetchPieces(this.#context, file, item, {
        signal: this.#signal,
        onProgress: (bytes, size) => {
          this.#space.update(file, size - bytes);
          onEvent({ code: "progress", ...file, bytes, size });
        },
      });
      this.#summary.bytes += fetched.fetched;
      this.#refusals.read(file);
      await this.#joinPieces(fetched, false);
    } catch (error) {
      this.#signal.throwIfAborted();
      await this.#countFailure(file, error);
    } finally {
      this.#space.release(file);
    }
  }

  /** Puts a file together if all its pieces are there, and nobody else does it. */
  async #joinPieces(fetched: FetchedPieces, isLast: boolean): Promise<void> {
    const { keepReplaced = false, trustEtag = false } = this.#options;
    const { file, item, source, version } = fetched;
    const found = await lookForPieces(this.#context, fetched);
    let isJoined = found.isWhole;
    try {
      const signal = this.#signal;
      await using claim = isJoined
        ? await piecesOf(this.#context)
          .claim(source, file.path, version, signal)
        : undefined;
      if (claim !== undefined) {
        this.#tell({ code: "joining", ...file, size: version.size });
        const joined = await fetchFile(this.#context, file, {
          object: version,
          claim,
          keepReplaced: keepReplaced && item.state === "replaced",
          trustEtag,
          signal,
        });
        return this.#countFetched(file, item, joined);
      }
    } catch (error) {
      if (!(error instanceof ClaimLostError)) {
        if (!isLast) throw error;
        this.#signal.throwIfAborted();
        return await this.#countFailure(file, error);
      }
      isJoined = true;
    }
    const isNamed = found.state === "named";
    if (!isLast && !isNamed) this.#inPieces.push(fetched);
    else this.#summary[isNamed ? "present" : "inPieces"]++;
    const others = isNamed ? "done" : isJoined ? "joining" : "fetching";
    const told = `${found.bytes} ${others}`;
    if (fetched.told === told) return;
    fetched.told = told;
    this.#tell({
      code: "pieces",
      ...file,
      size: version.size,
      bytes: found.bytes,
      pieces: fetched.pieces.length,
      piecesDone: found.piecesDone,
      others,
    });
  }

  /** Tells of an event; what the listener throws ends the sync, and is not counted as a file's failure. */
  #tell = (event: SyncEvent): void => {
    try {
      this.#options.onEvent?.(event);
    } catch (error) {
      this.#stop.abort(error);
      throw error;
    }
  };

  async #countFailure(file: MirrorFile, error: unknown): Promise<void> {
    const { destination, manifest, now } = this.#context;
    const onEvent = this.#tell;
    const summary = this.#summary;
    const { dataType, date, path } = file;
    const mayBeUnpublished = error instanceof AccessDeniedError ||
      error instanceof NotFoundError;
    if (mayBeUnpublished && !isDue(date, now())) {
      summary.notPublished++;
      onEvent({ code: "not-published", ...file });
    } else if (error instanceof AccessDeniedError) {
      const isKept = await destination.stat(path) !== undefined;
      this.#refusals.refuse(file);
      summary.refused++;
      if (isKept) summary.kept++;
      onEvent({ code: "refused", ...file, isKept });
    } else if (error instanceof NotFoundError) {
      const { reason } = explainAbsence(dataType, date, now());
      const outcome = manifest.acceptedDates(dataType).includes(date)
        ? "accepted"
        : reason === "due"
        ? "missing"
        : "absent";
      summary[outcome]++;
      if (outcome === "missing") this.#incomplete.add(dataType);
      onEvent({ code: outcome, ...file });
    } else if (endsRun(error)) {
      const reason = await this.#space.explain(file, error);
      this.#stop.abort(reason);
      throw reason;
    } else {
      summary.failed++;
      if (passesSoon(error)) summary.failedForNow++;
      this.#incomplete.add(dataType);
      onEvent({
        code: "failed",
        ...file,
        error: asError(error),
      });
    }
  }
}

/** Whether several shards fetch an item. */
function hasPieces(
  item: PlanItem,
): item is PlanItem & { pieces: PlannedPieces } {
  return item.pieces !== undefined;
}
