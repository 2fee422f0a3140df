import schema from "../../../flatbed.schema.json" with { type: "json" };
import {
  CONFIGURATION_FIELDS,
  type ConfigurationField,
} from "../configuration.ts";
import type { Section } from "./topic.ts";

/** What the schema says of a field. */
interface FieldSchema {
  description: string;
  default?: unknown;
}

/** The configuration and its fields. */
export function configuration(): readonly Section[] {
  const fields: Readonly<Record<ConfigurationField, FieldSchema>> =
    schema.properties;
  return [
    "flatbed.json holds options that you would otherwise repeat with each command. The commands read it from the current folder, or the file that --config names, and say so in a line. 'flatbed init' writes it.",
    schema.description,
    CONFIGURATION_FIELDS.map((name) => {
      const { description, default: usual } = fields[name];
      return [
        name,
        usual === undefined
          ? description
          : `${description.replace(/\.$/, "")} (default: ${usual}).`,
      ] as const;
    }),
  ];
}
