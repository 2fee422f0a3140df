import { createStore } from "../../store.ts";
import type { DatasetDays } from "./dataset_days.ts";

/** The day whose facts are shown. */
export interface ActiveDay {
  data: DatasetDays;
  day: number;
  /** Its square, in the coordinates of the document. */
  place: { left: number; top: number; size: number };
  /** Whether it is only pointed at, reached by the keyboard, or was chosen. */
  by: "pointer" | "keyboard" | "choice";
  /** Gives the keyboard back to the calendar, once what was chosen is closed. */
  goBack: () => void;
}

/** The day whose facts are shown; one at a time. */
export const activeDay = createStore<ActiveDay | undefined>(undefined);
