import {
  describeSyncReport,
  type Plan,
  type SyncReport,
} from "../../mirror/mod.ts";
import { printSentence } from "../print_sentence.ts";
import { style } from "../terminal.ts";

/** Prints the summary: the figures, and a line for each thing that needs attention. */
export function printSummary(report: SyncReport, plan: Plan): void {
  const mark = (figure: string, isBad: boolean) =>
    style(isBad ? "red" : "bold", figure);
  describeSyncReport(report, plan, { mark }).forEach(printSentence);
}
