import {
  describeProblems,
  describeVerifyEvent,
  type Message,
  type VerifyEvent,
  type VerifyProblem,
} from "../../mirror/mod.ts";
import { messageLine } from "../print_message.ts";
import { print } from "../terminal.ts";

/** The width of the longest code. */
const WIDTH = "damaged-at-source".length;

/** Tells a person what a verification meets; what is alike is summed up. */
export class VerifyTeller {
  /** The problems that were found and not told yet, by what is wrong. */
  readonly #alike = new Map<string, VerifyProblem[]>();

  /** Tells of an event, or keeps it to be summed up. */
  tell(event: VerifyEvent): void {
    if (event.code === "problem") {
      const { problem } = event;
      const text = `${problem.code} ${problem.reason}`;
      const alike = this.#alike.get(text);
      if (alike === undefined) this.#alike.set(text, [problem]);
      else alike.push(problem);
      return;
    }
    const message = describeVerifyEvent(event);
    if (message === undefined) return;
    this.end();
    printLine(message);
  }

  /** Tells what was found. */
  end(): void {
    for (const problems of this.#alike.values()) {
      describeProblems(problems).forEach(printLine);
    }
    this.#alike.clear();
  }
}

function printLine(message: Message): void {
  print(messageLine(message, { width: WIDTH, bad: "red", good: "green" }));
}
