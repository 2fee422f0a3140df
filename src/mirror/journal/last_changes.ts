import type { StampedChange } from "./change.ts";

/** A change, and the line that it stands in. */
interface LineChange {
  readonly change: StampedChange;
  readonly line: number;
}

/** Of many changes those that decide: the last one of each row. */
export class LastChanges {
  /** By kind and what is left of the name: a text for both, for each change, takes long. */
  readonly #last = new Map<string, Map<string, LineChange>>();
  /** Earlier ones of a file that has come, which fills a hole even if it is gone again. */
  readonly #filling: LineChange[] = [];

  /** Adds a change. */
  add(change: StampedChange, line: number): void {
    const group = change.kind + change.sub;
    let rows = this.#last.get(group);
    if (rows === undefined) this.#last.set(group, rows = new Map());
    const known = rows.get(change.key);
    const added = { change, line };
    if (known === undefined) return void rows.set(change.key, added);
    const isLater = change.stamp > known.change.stamp;
    const [last, earlier] = isLater ? [added, known] : [known, added];
    rows.set(change.key, last);
    if (earlier.change.fillsHole && !last.change.fillsHole) {
      this.#filling.push(earlier);
    }
  }

  /** The changes, sorted so that rows come in the order of their table; each is told first. */
  list(tell: (change: StampedChange, line: number) => void): StampedChange[] {
    const all = [...this.#last.values()].flatMap((rows) => [...rows.values()])
      .sort((a, b) => a.change.key < b.change.key ? -1 : 1);
    return [...this.#filling, ...all].map(({ change, line }) => {
      tell(change, line);
      return change;
    });
  }
}
