import {
  AccessDeniedError,
  asError,
  endsRun,
  forEach,
  type LinkedSignal,
  linkSignals,
  NotFoundError,
} from "../../base/mod.ts";
import { type DataType, explainAbsence, isDue } from "../../catalog/mod.ts";
import { adoptFile, MAX_READS } from "../adopt_file.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { type MirrorFile, mirrorFile } from "../mirror_file.ts";
import type { Entitlements } from "../plan/entitlements.ts";
import { isWanted } from "../plan/is_wanted.ts";
import type { Plan, PlanItem } from "../plan/plan.ts";
import { damagedEvent } from "./damaged_event.ts";
import { fetchFile } from "./fetch_file.ts";
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
  readonly #incomplete = new Set<DataType>();

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
    const { manifest, now } = this.#context;
    const { onEvent, maxConcurrent = 8 } = this.#options;
    const started = now().getTime();
    const summary = this.#summary;
    plan.items.forEach((item) => this.#countPlanned(item));
    const wanted = plan.items.filter(isWanted);
    const untracked = wanted.filter(({ mayBeAdopted }) => mayBeAdopted);
    const others = wanted.filter(({ mayBeAdopted }) => !mayBeAdopted);
    onEvent?.({
      code: "start",
      files: others.length,
      bytes: others.reduce((sum, { size = 0 }) => sum + size, 0),
      untracked: untracked.length,
      present: summary.present,
    });
    plan.items.forEach((item) => this.#tellPlanned(item));
    try {
      if (wanted.length > 0) manifest.assertWritable();
      const settled = new Set<PlanItem>();
      await forEach(untracked, MAX_READS, async (item) => {
        if (await this.#adopt(item)) settled.add(item);
      }, this.#signal);
      const left = wanted.filter((item) => !settled.has(item));
      await this.#space.checkAll(left, maxConcurrent);
      await forEach(
        left,
        maxConcurrent,
        (item) => this.#fetch(item),
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
    onEvent({ code: "fetching", ...file, size: item.size });
    try {
      await this.#space.reserve(file, item);
      const { entry, resumedFrom, keptAs } = await fetchFile(
        this.#context,
        file,
        {
          object: item,
          keepReplaced: keepReplaced && isReplaced,
          trustEtag,
          signal: this.#signal,
          onProgress: ({ bytes, size }) => {
            if (size !== undefined) this.#space.update(file, size - bytes);
            onEvent({ code: "progress", ...file, bytes, size });
          },
        },
      );
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
    } catch (error) {
      this.#signal.throwIfAborted();
      await this.#countFailure(file, error);
    } finally {
      this.#space.release(file);
    }
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
      this.#incomplete.add(dataType);
      onEvent({
        code: "failed",
        ...file,
        error: asError(error),
      });
    }
  }
}
