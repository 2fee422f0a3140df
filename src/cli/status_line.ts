import { shorten } from "./format.ts";
import { canDrawOnError, drawOnError, terminalWidth } from "./terminal.ts";

/** The least time between two drawings, in milliseconds. */
const REDRAW = 100;
/** What is done before that needs no line. */
const PATIENCE = 500;

/**
 * One line on standard error that says how far something is, drawn over itself; nothing
 * where standard error is no terminal, or standard output writes to the same one.
 */
export class StatusLine implements Disposable {
  readonly #canDraw: boolean;
  #next = performance.now() + PATIENCE;
  #isDrawn = false;

  /** `isFree` says whether nothing else is written to the terminal. */
  constructor(isFree: boolean) {
    this.#canDraw = isFree && canDrawOnError();
  }

  /** Draws what a function says, unless it was drawn a moment ago. */
  draw(text: () => string): void {
    const now = performance.now();
    if (now < this.#next) return;
    this.#next = now + REDRAW;
    this.show(text());
  }

  /** Draws a line, for what is not said often. */
  show(text: string): void {
    if (!this.#canDraw) return;
    drawOnError(shorten(text, terminalWidth() - 1));
    this.#isDrawn = true;
  }

  /** Removes the line, so that another one can be printed. */
  clear(): void {
    if (this.#isDrawn) drawOnError("");
    this.#isDrawn = false;
  }

  /** Removes the line. */
  [Symbol.dispose](): void {
    this.clear();
  }
}
