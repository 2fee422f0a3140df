import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { MirrorEvent } from "../../../src/web/ui/api_types.ts";
import type {
  CoverageHead,
  CoverageLine,
} from "../../../src/web/ui/coverage/coverage_types.ts";
import { getLines, onServerEvent } from "../../api.ts";
import { type DatasetDays, datasetDays } from "./dataset_days.ts";

/** What the page knows of the coverage. */
export interface KnownCoverage {
  head: CoverageHead | undefined;
  datasets: readonly DatasetDays[];
  /** Whether it is being asked for. */
  isLoading: boolean;
  /** Why it could not be had. */
  error: string | undefined;
  /** Asks once more, and has the files looked at. */
  lookAgain: () => void;
}

/** While a mirror changes all the time, it is asked for so much later than the last answer took. */
const PATIENCE = 4;
const SHORTEST_MS = 1500;

/** What was known when the view was last open: it is there at once. */
const kept: {
  etag: string | undefined;
  head: CoverageHead | undefined;
  lines: Map<string, { text: string; days: DatasetDays }>;
} = { etag: undefined, head: undefined, lines: new Map() };

/** The coverage, asked for again whenever the mirror has changed. */
export function useCoverage(): KnownCoverage {
  const [, redraw] = useState(0);
  const state = useRef({ isLoading: false, isStale: false, error: "" });
  const aborter = useRef<AbortController>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const load = useCallback(async (isAnew: boolean) => {
    const own = state.current;
    if (own.isLoading) {
      own.isStale = true;
      return;
    }
    clearTimeout(timer.current);
    own.isLoading = true;
    own.isStale = false;
    redraw((n) => n + 1);
    const begun = performance.now();
    const { signal } = aborter.current = new AbortController();
    const seen = new Set<string>();
    let head: CoverageHead | undefined;
    let frame = 0;
    const tell = (line: unknown) => {
      if (head === undefined) head = line as CoverageHead;
      else {
        const next = line as CoverageLine;
        seen.add(next.dataType);
        const text = JSON.stringify(next);
        // One that has not changed stays the same object: it is not drawn again.
        if (kept.lines.get(next.dataType)?.text !== text) {
          kept.lines.set(next.dataType, { text, days: datasetDays(next) });
        }
      }
      kept.head = head;
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        redraw((n) => n + 1);
      });
    };
    try {
      const path = `/api/coverage${isAnew ? "?again=true" : ""}`;
      const etag = await getLines(path, isAnew ? undefined : kept.etag, tell, {
        signal,
      });
      if (etag !== undefined) {
        for (const id of [...kept.lines.keys()]) {
          if (!seen.has(id)) kept.lines.delete(id);
        }
        kept.etag = etag;
      }
      own.error = "";
    } catch (error) {
      if (signal.aborted) return;
      own.error = error instanceof Error ? error.message : String(error);
    } finally {
      own.isLoading = false;
    }
    redraw((n) => n + 1);
    if (own.isStale) {
      own.isStale = false;
      later(performance.now() - begun);
    }
  }, []);

  const later = (took: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(
      () => void load(false),
      Math.max(SHORTEST_MS, took * PATIENCE),
    );
  };

  useEffect(() => {
    void load(false);
    let revision: string | undefined;
    const leave = onServerEvent<MirrorEvent>("mirror", (event) => {
      const isNew = revision !== undefined && event.revision !== revision;
      revision = event.revision;
      if (!isNew) return;
      if (state.current.isLoading) state.current.isStale = true;
      else later(0);
    });
    return () => {
      leave();
      clearTimeout(timer.current);
      aborter.current?.abort();
      state.current.isLoading = false;
    };
  }, []);

  return {
    head: kept.head,
    datasets: [...kept.lines.values()].map(({ days }) => days),
    isLoading: state.current.isLoading,
    error: state.current.error || undefined,
    lookAgain: useCallback(() => void load(true), []),
  };
}
