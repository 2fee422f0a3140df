import { nextTurn } from "../../../base/mod.ts";
import {
  DATASETS,
  type DataType,
  lastDueDate,
  newYorkDate,
} from "../../../catalog/mod.ts";
import type { UiContext } from "../ui_context.ts";
import { coverageLine } from "./coverage_line.ts";
import type { CoverageHead, CoverageLine } from "./coverage_types.ts";

/** A dataset's line, of one state of the mirror. */
interface KnownLine {
  readonly version: string;
  readonly line: Promise<string>;
}

/** The coverage at a moment: its version first, its lines as they become known. */
export interface CoverageAnswer {
  /** Any text; it differs if a line may. */
  readonly version: string;
  /** The lines, in JSON. */
  lines(): AsyncGenerator<string>;
}

/**
 * The coverage as the page asks for it. Each dataset's line is computed once for each state
 * of its rows in the manifest, however many ask for it.
 */
export class CoverageLines {
  readonly #context: UiContext;
  readonly #known = new Map<DataType, KnownLine>();
  /** How often the files were to be looked at again. */
  #round = 0;
  /** One after the other: all at once would take as long, and the first would be the last. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(context: UiContext) {
    this.#context = context;
  }

  /**
   * The coverage now.
   *
   * @param anew Whether the files are looked at again, although the manifest is the same.
   */
  now(anew = false): CoverageAnswer {
    const { now, reader } = this.#context;
    if (anew) {
      this.#known.clear();
      this.#round++;
    }
    const dates = { today: newYorkDate(now()), lastDue: lastDueDate(now()) };
    const revision = reader.revision();
    const there = new Set<string>(reader.dataTypes());
    const datasets = DATASETS.filter(({ id }) => there.has(id));
    const head: CoverageHead = { ...dates, datasets: datasets.length };
    const lineOf = (id: DataType) => this.#line(id, dates.lastDue);
    return {
      version: [dates.lastDue, this.#round, revision].join(),
      async *lines() {
        yield JSON.stringify(head);
        for (const { id } of datasets) yield await lineOf(id);
      },
    };
  }

  async #line(id: DataType, lastDue: string): Promise<string> {
    await nextTurn(); // it takes some milliseconds to find out
    const version = `${lastDue} ${this.#context.reader.revision<string>(id)}`;
    const known = this.#known.get(id);
    if (known?.version === version) return known.line;
    const line = this.#turn.then(() => this.#compute(id));
    this.#known.set(id, { version, line });
    this.#turn = line;
    return line;
  }

  async #compute(id: DataType): Promise<string> {
    try {
      const [coverage] = await this.#context.reader.coverage<string>({
        dataTypes: [id],
      });
      if (coverage === undefined) throw new RangeError(`There is no ${id}`);
      return JSON.stringify(coverageLine(coverage));
    } catch (error) {
      this.#known.delete(id); // the next one tries again
      const problem = this.#context.explain(error);
      const line: CoverageLine = {
        ...{ dataType: id, from: "1970-01-01", days: "", years: [], problem },
      };
      return JSON.stringify(line);
    }
  }
}
