import type { Session } from "../../../src/web/ui/api_types.ts";
import type {
  DayChoice,
  JobRequest,
} from "../../../src/web/ui/jobs/job_types.ts";
import { createStore } from "../../store.ts";

/** What can be started. */
export type FormKind = "sync" | "verify" | "accept" | "index" | "parquet";

/** What somebody has filled in so far; it stays while other views are looked at. */
export interface DoForm {
  kind: FormKind;
  dataTypes: readonly string[];
  /** A length of time, or empty. */
  last: string;
  /** Dates, or empty. */
  from: string;
  to: string;
  released: boolean;
  parquet: boolean;
  mode: "quick" | "full" | "remote";
  /** Days as words: dates and ranges. */
  days: string;
  /** Whether accepted days are expected again, instead. */
  again: boolean;
}

/** What there is to choose from. */
export const KINDS: readonly (readonly [FormKind, string, string])[] = [
  ["sync", "Sync", "Fetch what is missing or was replaced upstream"],
  ["verify", "Verify", "Check that the files are what was fetched"],
  ["accept", "Accept holes", "Days of which upstream never has a file"],
  ["index", "Index", "So that a few tickers are read without the whole file"],
  ["parquet", "Parquet", "A typed, sorted Parquet file of each file"],
];

/** The form before anything was filled in. */
const EMPTY: DoForm = {
  kind: "sync",
  dataTypes: [],
  last: "5d",
  from: "",
  to: "",
  released: false,
  parquet: false,
  mode: "quick",
  days: "",
  again: false,
};

/** The form, whichever view is open. */
export const doForm = createStore<DoForm | undefined>(undefined);

/** The form with what the command line and `flatbed.json` say. */
export function firstForm({ defaults }: Session): DoForm {
  const { dataTypes = [], from } = defaults;
  return {
    ...EMPTY,
    dataTypes,
    ...typeof from === "string" && { last: "", from },
  };
}

/** The form with what a link says: `#/do?kind=sync&dataset=stocks_daily&from=…&to=…&released=true`. */
export function formOfLink(form: DoForm, query: URLSearchParams): DoForm {
  const kind = query.get("kind");
  const datasets = query.getAll("dataset").flatMap((each) => each.split(","));
  const from = query.get("from") ?? "", to = query.get("to") ?? "";
  const days = from === to || to === "" ? from : `${from}..${to}`;
  const isExpect = kind === "expect";
  return {
    ...form,
    kind: isExpect ? "accept" : kind === "repair"
      ? "verify" // which says what a repair would do
      : KINDS.find(([each]) => each === kind)?.[0] ?? form.kind,
    again: isExpect,
    ...datasets.length > 0 && { dataTypes: datasets },
    ...query.get("released") === "true" && { released: true },
    ...from !== "" && { last: "", from, to, days },
  };
}

/** What the form asks for, or what it lacks. */
export function requestOf(
  form: DoForm,
): { request: JobRequest; lacks?: undefined } | {
  request?: undefined;
  lacks: string;
} {
  const { dataTypes } = form;
  const some = dataTypes.length === 0 ? {} : { dataTypes };
  const needsDatasets = form.kind === "sync" || form.kind === "accept";
  if (needsDatasets && dataTypes.length === 0) {
    return { lacks: "Choose a dataset at least" };
  }
  switch (form.kind) {
    case "sync":
      return {
        request: {
          kind: "sync",
          dataTypes,
          ...choiceOf(form),
          ...form.released && { released: true },
          ...form.parquet && { parquet: true },
        },
      };
    case "verify":
      return { request: { kind: "verify", ...some, mode: form.mode } };
    case "accept": {
      const days = form.days.split(/[\s,;]+/).filter((word) => word !== "");
      if (days.length === 0) {
        return {
          lacks: "Name the days, such as 2024-01-02 or 2024-01-02..2024-01-31",
        };
      }
      return {
        request: { kind: form.again ? "expect" : "accept", dataTypes, days },
      };
    }
    case "index":
    case "parquet":
      return { request: { kind: form.kind, ...some, ...choiceOf(form) } };
  }
}

function choiceOf({ last, from, to }: DoForm): DayChoice {
  return {
    ...last !== "" && { last },
    ...last === "" && from !== "" && { from },
    ...to !== "" && { to },
  };
}
