import type { Command } from "commander";
import type { Configuration, ConfigurationField } from "./configuration.ts";
import {
  findConfiguration,
  type FoundConfiguration,
} from "./find_configuration.ts";
import { printError } from "./terminal.ts";
import { UsageError } from "./usage.ts";

/** Gives a command the option that names the configuration, and what its fields say. */
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
      // Whose service gets the requests is worth a word.
      const { endpointUrl } = found.configuration;
      const where = endpointUrl !== undefined && used.includes("endpointUrl")
        ? ` for ${new URL(endpointUrl).host}`
        : "";
      printError(`Using ${found.path}${where}`);
    }
  });
}

/** Gives a command the option that names the configuration. */
export function addConfigOption(command: Command): Command {
  return command.option(
    "--config <file>",
    "the configuration file (default: flatbed.json in the current folder, if there is one); other options override it",
  );
}

/**
 * Fills in the options that neither the command line nor the environment gives, and
 * returns which of the fields that were.
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
    // How a folder's files are kept says nothing of a single file elsewhere.
    const isOfFolder = name === "out" || name === "decompress";
    if (isOfFolder && isGiven("output")) return false;
    if (name === "dataTypes" && command.args.length > 0) return false;
    command.setOptionValueWithSource(name, value, "config");
    if (name === "endpointUrl") {
      command.setOptionValueWithSource("endpointFile", path, "config");
    }
    return true;
  });
}

/** The data types that are named, or else those of the configuration. */
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
