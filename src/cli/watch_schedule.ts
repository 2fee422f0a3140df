import { addDays } from "../calendar/mod.ts";
import {
  type DataType,
  dueAt,
  getFileDates,
  newYorkDate,
} from "../catalog/mod.ts";

/** The first wait for files that are due and not there, in milliseconds; each further one is half as long again. */
const FIRST_WAIT = 5 * 60_000;
/** The longest such wait, in milliseconds. */
const LONGEST_WAIT = 60 * 60_000;

/**
 * When each data type is synced next: when its next file is due, or after a wait where
 * something is not there. One that is late does not hold up the others.
 */
export class WatchSchedule {
  readonly #turns: Map<DataType, { at: number; wait: number }>;

  /** All data types have their first turn at once. */
  constructor(dataTypes: readonly DataType[]) {
    this.#turns = new Map(
      dataTypes.map((id) => [id, { at: 0, wait: FIRST_WAIT }]),
    );
  }

  /** The data types whose turn it is. */
  due(now: Date): DataType[] {
    return [...this.#turns].filter(([, { at }]) => at <= now.getTime())
      .map(([id]) => id);
  }

  /** Notes that data types had their turn, and of which not everything is there. */
  settle(
    dataTypes: readonly DataType[],
    incomplete: readonly DataType[],
    now: Date,
  ): void {
    for (const id of dataTypes) {
      const { wait = FIRST_WAIT } = this.#turns.get(id) ?? {};
      const at = now.getTime();
      this.#turns.set(
        id,
        incomplete.includes(id)
          ? { at: at + wait, wait: Math.min(wait * 1.5, LONGEST_WAIT) }
          : { at: nextDue(id, now), wait: FIRST_WAIT },
      );
    }
  }

  /** When the next turn is. */
  next(): Date {
    return new Date(Math.min(...this.#turns.values().map(({ at }) => at)));
  }
}

/** When a data type's next expected file is due. */
function nextDue(dataType: DataType, now: Date): number {
  const start = addDays(newYorkDate(now), -2);
  const next = getFileDates(dataType, start, addDays(start, 16))
    .map((date) => dueAt(date).getTime())
    .find((due) => due > now.getTime());
  return next ?? now.getTime() + LONGEST_WAIT;
}
