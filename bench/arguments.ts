import { parseArgs } from "node:util";

/** What the benchmark was told. */
export interface BenchArguments {
  /** The names of cases; all where there are none. */
  cases: string[];
  repeat: number;
  json: string | undefined;
  markdown: string | undefined;
  /** Another checkout of the project, to compare this one with. */
  against: string | undefined;
  isSmall: boolean;
  makesVenv: boolean;
  lists: boolean;
  helps: boolean;
}

/** What the options are. */
export const HELP = `deno task bench [options]

  --case NAME[,NAME]  only these cases
  --repeat N          how many rounds count (default: 5)
  --against FOLDER    run our programs from another checkout as well, and compare with it
  --small             the 20th part of every size, to try it out
  --json FILE         write every measurement to a file
  --markdown FILE     write the results to a file, between its marks where it has them
  --make-venv         make the virtual environment with the Python packages first
  --list              print the cases, and the programs that are there
`;

/** Reads the command line. */
export function readArguments(args: string[]): BenchArguments {
  const { values } = parseArgs({
    args,
    options: {
      case: { type: "string", multiple: true, default: [] },
      repeat: { type: "string", default: "5" },
      json: { type: "string" },
      markdown: { type: "string" },
      against: { type: "string" },
      small: { type: "boolean", default: false },
      "make-venv": { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const repeat = Number(values.repeat);
  if (!Number.isInteger(repeat) || repeat < 1) {
    throw new RangeError(
      `--repeat is a number of rounds, not ${values.repeat}`,
    );
  }
  return {
    cases: values.case.flatMap((names) => names.split(",")),
    repeat,
    json: values.json,
    markdown: values.markdown,
    against: values.against,
    isSmall: values.small,
    makesVenv: values["make-venv"],
    lists: values.list,
    helps: values.help,
  };
}
