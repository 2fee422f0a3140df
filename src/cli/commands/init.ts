import { Command, type Option } from "commander";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import packageConfig from "../../../deno.json" with { type: "json" };
import { parseRate, readDataTypes } from "../arguments.ts";
import { bashWord } from "../../base/mod.ts";
import {
  CONFIGURATION_FIELDS,
  CONFIGURATION_FILE,
  type ConfigurationField,
  parseConfiguration,
} from "../configuration.ts";
import { hasCredentials } from "../credentials.ts";
import { addRangeOptions } from "../date_options.ts";
import { DEFAULT_FOLDER } from "../folder_options.ts";
import { print, printJson } from "../terminal.ts";
import { SetupError } from "../usage.ts";
import { addSyncOptions } from "./sync.ts";

/** What is fetched where nothing is named: the smallest files that most plans include. */
const DEFAULT_DATA_TYPES = ["stocks_daily"];

/** Adds `flatbed init`. */
export function addInitCommand(program: Command): void {
  const command = program.command("init")
    .summary("write a configuration, so that sync needs no arguments")
    .description(
      "Write flatbed.json, the configuration that the other commands use when they run in its folder or are given it with --config. Options and FLATBED_ENDPOINT_URL override it. It never holds credentials.",
    )
    .argument(
      "[data-type...]",
      "which datasets; '*' stands for any text (default: stocks_daily)",
    )
    .option("--config <file>", "the file to write", CONFIGURATION_FILE)
    .option("--force", "overwrite an existing file")
    .option("--json", "print what was written as one line of JSON");
  for (const option of optionsOfFields()) command.addOption(option);
  command
    .addHelpText(
      "after",
      `
sync, watch and missing use the data types if none are named, sync and missing also the
first date. get and every command for a mirror use the folder. All commands that send
requests use the endpoint, region and bucket.

Examples:
  flatbed init stocks_daily stocks_minute --from 2020-01-01 --out /data/flatfiles
  flatbed init 'options_*' --limit-rate 20M
  flatbed init --config /etc/flatbed.json --force`,
    )
    .action(async (names: string[], options: InitOptions) => {
      readDataTypes(names);
      const isGiven = (name: string) =>
        command.getOptionValueSource(name) === "cli";
      const { config: path, force = false, json } = options;
      const own: Record<string, unknown> = {
        $schema:
          `https://jsr.io/${packageConfig.name}/${packageConfig.version}/flatbed.schema.json`,
        dataTypes: names.length > 0 ? names : DEFAULT_DATA_TYPES,
        out: isGiven("out") ? seenFrom(path, options.out) : DEFAULT_FOLDER,
      };
      const content = Object.fromEntries(
        CONFIGURATION_FIELDS.map((name) => [
          name,
          own[name] ?? (isGiven(name) ? options[name] : undefined),
        ]).filter(([, value]) => value !== undefined),
      );
      const text = `${JSON.stringify(content, null, 2)}\n`;
      parseConfiguration(text, "flatbed init");
      await write(path, text, force);
      if (json) printJson({ code: "written", path, ...content });
      else printNext(path);
    });
}

/** The options as commander parses them, and those of the configuration's fields. */
type InitOptions =
  & { config: string; out: string; force?: boolean; json?: boolean }
  & Partial<Record<Exclude<ConfigurationField, "out">, unknown>>;

/** The options of a sync that a configuration has fields for. */
function optionsOfFields(): Option[] {
  const { options } = addSyncOptions(addRangeOptions(new Command()));
  for (const option of options) {
    option.envVar = undefined; // what the environment says need not be written
    if (option.attributeName() === "limitRate") {
      option.argParser((value: string) => {
        parseRate(value);
        return value; // as it is written
      });
    }
  }
  return CONFIGURATION_FIELDS.flatMap((name) =>
    options.filter((option) => option.attributeName() === name)
  );
}

/** A folder as a configuration names it: from its own folder on. */
function seenFrom(path: string, out: string): string {
  return isAbsolute(out) || dirname(path) === "."
    ? out
    : relative(dirname(resolve(path)), resolve(out)) || ".";
}

async function write(
  path: string,
  text: string,
  force: boolean,
): Promise<void> {
  if (force) {
    const { writeWhole } = await import("../../files/mod.ts");
    return await writeWhole(path, text);
  }
  try {
    await Deno.writeTextFile(path, text, { createNew: true });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      throw new SetupError(`${path} already exists: --force overwrites it`);
    }
    const { fileError } = await import("../../files/mod.ts");
    throw fileError("write", path, error);
  }
}

function printNext(path: string): void {
  const option = path === CONFIGURATION_FILE
    ? ""
    : ` --config ${bashWord(path)}`;
  const steps = [
    ...hasCredentials() ? [] : [
      "Set FLATBED_ACCESS_KEY_ID and FLATBED_SECRET_ACCESS_KEY to the S3 access key\n     and secret of your account's dashboard",
    ],
    `flatbed doctor${option}   checks the setup`,
    `flatbed sync${option}     downloads what is missing, now and every morning`,
  ];
  print(`Written to ${path}\n\nNext:`);
  steps.forEach((step, at) => print(`  ${at + 1}. ${step}`));
}
