import { dirname, isAbsolute, join } from "node:path";
import { assertBucketName, didYouMean, nearestOption } from "../base/mod.ts";
import { messageOf, parseRate, readDataTypes } from "./arguments.ts";
import { parseDate } from "./date_options.ts";
import { isBucket, outProblem } from "./out_options.ts";
import { SetupError, UsageError } from "./usage.ts";

/** The default configuration file, in the current folder. */
export const CONFIGURATION_FILE = "./flatbed.json";

/** A configuration: values for the options of the same names. */
export interface Configuration {
  $schema?: string;
  dataTypes?: string[];
  /** The mirror: a folder, relative to the current one, or `s3://bucket/prefix`. */
  out?: string;
  /** How the mirror's bucket is reached. */
  outEndpoint?: string;
  outRegion?: string;
  outAddressing?: "path" | "host";
  /** One date, or one for each data type or pattern of data types. */
  from?: string | Readonly<Record<string, string>>;
  endpointUrl?: string;
  region?: string;
  bucket?: string;
  decompress?: boolean;
  /** In bytes per second. */
  limitRate?: number;
  maxConcurrent?: number;
  keepReplaced?: boolean;
}

/** A field of a configuration. */
export type ConfigurationField = keyof Configuration;

/** The connection fields. */
export const CONNECTION_FIELDS: readonly ConfigurationField[] = [
  "endpointUrl",
  "region",
  "bucket",
  "maxConcurrent",
];

/** The fields that say where the mirror is. */
export const OUT_FIELDS: readonly ConfigurationField[] = [
  "out",
  "outEndpoint",
  "outRegion",
  "outAddressing",
];

/** A field's rule. */
interface FieldRule {
  /** What is expected. */
  expected: string;
  /** Reads a value; throws or returns `undefined` if it is invalid. */
  read(value: unknown): unknown;
}

/** Control and invisible characters. */
const INVISIBLE = /[\p{Cc}\p{Cf}]/u;

const ENDPOINT: FieldRule = {
  expected:
    "a URL such as https://files.polygon.io, without a user name, password or query",
  read(value) {
    if (INVISIBLE.test(text(value))) return undefined;
    const url = new URL(text(value));
    const isPlain = /^https?:$/.test(url.protocol) && url.username === "" &&
      url.password === "" && url.search === "" && url.hash === "";
    return isPlain ? value : undefined;
  },
};

const REGION: FieldRule = {
  expected: "a region's name, such as us-east-1",
  read: (value) => /^[\w-]+$/.test(text(value)) ? value : undefined,
};

/** The same rules as in `flatbed.schema.json`, which is for editors. */
const FIELDS: Readonly<Record<ConfigurationField, FieldRule>> = {
  $schema: { expected: "a URL", read: text },
  dataTypes: {
    expected: 'a list of data types, such as ["stocks_daily", "options_*"]',
    read(value) {
      if (!Array.isArray(value) || value.length === 0) return undefined;
      const names = value.map(text);
      readDataTypes(names);
      return names;
    },
  },
  out: {
    expected:
      "a folder's path on this machine, where ~ is not expanded, or s3://bucket/prefix",
    read: (value) =>
      /^~/.test(text(value)) || INVISIBLE.test(text(value)) ||
        outProblem(text(value)) !== undefined
        ? undefined
        : value,
  },
  outEndpoint: ENDPOINT,
  outRegion: REGION,
  outAddressing: {
    expected: '"path" or "host"',
    read: (value) => ["path", "host"].includes(text(value)) ? value : undefined,
  },
  from: {
    expected:
      'a date, such as "2024-01-02", or one for each data type, such as {"stocks_daily": "2024-01-02", "options_*": "2025-01-02"}',
    read(value) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        return parseDate(text(value));
      }
      const dates = Object.entries(value);
      if (dates.length === 0) return undefined;
      readDataTypes(dates.map(([name]) => name));
      for (const [, date] of dates) parseDate(text(date));
      return value;
    },
  },
  endpointUrl: ENDPOINT,
  region: REGION,
  bucket: {
    expected: "a bucket's name, such as flatfiles",
    read(value) {
      assertBucketName(value);
      return value;
    },
  },
  decompress: { expected: "true or false", read: trueOrFalse },
  limitRate: {
    expected: 'a string of bytes per second, such as "500k", "20M" or "1G"',
    read: (value) => parseRate(text(value)),
  },
  maxConcurrent: {
    expected: "an integer ≥ 1",
    read: (value) =>
      Number.isSafeInteger(value) && Number(value) >= 1 ? value : undefined,
  },
  keepReplaced: { expected: "true or false", read: trueOrFalse },
};

/** The names of the fields, in the order in which they are written. */
export const CONFIGURATION_FIELDS = Object.keys(
  FIELDS,
) as readonly ConfigurationField[];

function text(value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new TypeError("expected a string");
}

function trueOrFalse(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

/** Field names that suggest credentials. */
const SECRET_NAME = /secret|token|passw|access.?key|credential/i;

/**
 * Parses a configuration. A relative `out` is relative to its file.
 *
 * @throws {UsageError} If it is invalid. The message names the file and the field, and never quotes a value, which might be a secret.
 */
export function parseConfiguration(json: string, path: string): Configuration {
  const refuse = (what: string) => {
    // The file may be somebody else's, and contain control characters.
    return new SetupError(
      `${path}: ${what}`.replaceAll(/[\p{Cc}\p{Cf}]/gu, "�"),
    );
  };
  let content: unknown;
  try {
    content = JSON.parse(json.replace(/^\uFEFF/, ""));
  } catch (error) {
    // The rest of that message quotes the file.
    const place = / \(line \d+ column \d+\)$/.exec(messageOf(error))?.[0] ?? "";
    throw refuse(`it is not JSON${place}`);
  }
  if (
    typeof content !== "object" || content === null || Array.isArray(content)
  ) {
    throw refuse("expected a JSON object, as 'flatbed init' writes it");
  }
  const configuration: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(content)) {
    if (SECRET_NAME.test(name)) {
      throw refuse(
        `'${
          name.slice(0, 60)
        }' does not belong there: credentials are set in the environment, as FLATBED_ACCESS_KEY_ID and FLATBED_SECRET_ACCESS_KEY, or come from --profile`,
      );
    }
    const field = CONFIGURATION_FIELDS.find((field) => field === name);
    if (field === undefined) {
      throw refuse(
        `there is no field '${name.slice(0, 60)}'${
          didYouMean(nearestOption(name, CONFIGURATION_FIELDS)) ||
          `, only ${CONFIGURATION_FIELDS.join(", ")}`
        }`,
      );
    }
    const { expected, read } = FIELDS[field];
    try {
      configuration[name] = read(value);
    } catch (error) {
      if (error instanceof UsageError) {
        throw refuse(`'${name}': ${error.message}`);
      }
    }
    if (configuration[name] === undefined) {
      throw refuse(`'${name}': expected ${expected}`);
    }
  }
  const { out } = configuration as Configuration;
  if (out !== undefined && !isAbsolute(out) && !isBucket(out)) {
    configuration.out = join(dirname(path), out);
  }
  return configuration;
}
