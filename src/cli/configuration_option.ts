import type { Command } from "commander";
import {
  type Configuration,
  type ConfigurationField,
  OUT_FIELDS,
} from "./configuration.ts";
import {
  findConfiguration,
  type FoundConfiguration,
} from "./find_configuration.ts";
import { printError } from "./terminal.ts";
import { UsageError } from "./usage.ts";

/** Adds `--config` to a command, and applies the configuration's fields to its options. */
export function addConfigurationOption(
  command: Command,
  fields: readonly ConfigurationField[],
): Command {
  return addConfigOption(command).hook("preAction", async (_, action) => {
    const { config } = action.opts();
    const found = await findConfiguration(config);
    if (found === undefined) return;
    const used = applyConfiguration(action, found, fields);
    if (used.length > 0 && action.opts().quiet !== true) {
      // The user should know which service gets the requests.
      const { endpointUrl } = found.configuration;
      const where = endpointUrl !== undefined && used.includes("endpointUrl")
        ? ` for ${new URL(endpointUrl).host}`
        : "";
      printError(`Using ${found.path}${where}`);
    }
  });
}

/** Adds `--config` to a command. */
export function addConfigOption(command: Command): Command {
  return command.option(
    "--config <file>",
    "the configuration file (default: flatbed.json in the current folder, if there is one); other options override it",
  );
}

/**
 * Sets the options that are given neither on the command line nor in the environment, and
 * returns the fields that were used.
 */
export function applyConfiguration(
  command: Command,
  { path, configuration }: FoundConfiguration,
  fields: readonly ConfigurationField[],
): ConfigurationField[] {
  return fields.filter((name) => {
    const isGiven = (option: string) =>
      ["cli", "env"].includes(command.getOptionValueSource(option) ?? "");
    const value = configuration[name];
    if (value === undefined || isGiven(name)) return false;
    if (name === "from" && isGiven("last")) return false;
    // The mirror's settings do not apply to a single file elsewhere.
    const isOfFolder = name === "decompress" || OUT_FIELDS.includes(name);
    const isElsewhere = command.name() === "get" && isGiven("output");
    if (isOfFolder && isElsewhere) return false;
    if (name === "dataTypes" && command.args.length > 0) return false;
    command.setOptionValueWithSource(name, value, "config");
    if (name === "endpointUrl" || name === "outEndpoint") {
      const file = name === "endpointUrl" ? "endpointFile" : "outEndpointFile";
      command.setOptionValueWithSource(file, path, "config");
    }
    return true;
  });
}

/** The data types given as arguments, or else those of the configuration. */
export function chooseDataTypes(
  names: readonly string[],
  { dataTypes = [] }: Pick<Configuration, "dataTypes">,
): readonly string[] {
  const chosen = names.length > 0 ? names : dataTypes;
  if (chosen.length > 0) return chosen;
  throw new UsageError(
    "Which data types? Name them, or list them as dataTypes in flatbed.json, which 'flatbed init' writes",
  );
}
