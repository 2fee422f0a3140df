import { wrongType } from "./arguments.ts";
import { didYouMean } from "./did_you_mean.ts";
import { nearest } from "./nearest.ts";
import { quote } from "./quote.ts";

/** The names of all options of an interface; the compiler finds a forgotten one. */
export type OptionNames<Options> = {
  readonly [Name in keyof Required<Options>]: true;
};

/**
 * What other tools, and other parts of this one, call an option: in small letters,
 * without separators.
 */
const ALSO_CALLED: Readonly<Record<string, readonly string[]>> = {
  concurrency: ["maxConcurrent"],
  workers: ["maxConcurrent"],
  maxworkers: ["maxConcurrent"],
  maxconcurrency: ["maxConcurrent"],
  retries: ["maxRetries"],
  maxattempts: ["maxRetries"],
  endpoint: ["endpointUrl"],
  host: ["endpointUrl"],
  baseurl: ["endpointUrl"],
  url: ["endpointUrl"],
  maxbytespersecond: ["limitRate"],
  maxbandwidth: ["limitRate"],
  bwlimit: ["limitRate"],
  deletereplaced: ["keepReplaced"],
  mayblock: ["allowSyncIO"],
  regionname: ["region"],
  ssl: ["allowHttp"],
  usessl: ["allowHttp"],
  datatype: ["dataTypes"],
  datasets: ["dataTypes"],
  start: ["from"],
  startdate: ["from"],
  since: ["from"],
  end: ["to"],
  enddate: ["to"],
  until: ["to"],
  abortsignal: ["signal"],
  progress: ["onProgress"],
  callback: ["onProgress", "onEvent"],
  maxsize: ["maxBytes"],
  key: ["accessKeyId"],
  keyid: ["accessKeyId"],
  accesskey: ["accessKeyId"],
  awsaccesskeyid: ["accessKeyId"],
  apikey: ["accessKeyId"],
  secret: ["secretAccessKey"],
  secretkey: ["secretAccessKey"],
  awssecretaccesskey: ["secretAccessKey"],
  token: ["sessionToken"],
  awssessiontoken: ["sessionToken"],
};

/**
 * Asserts that a value is an object which has no other options than those there are: one
 * with a misspelt name would be ignored.
 *
 * @param options The value.
 * @param names The options that there are.
 * @param what What the value is called in the error.
 * @throws {TypeError} If it is no object, or has another option; the right name is suggested.
 */
export function assertOptions(
  options: unknown,
  names: Readonly<Record<string, true>>,
  what = "options",
): asserts options is object {
  if (typeof options !== "object" || options === null) {
    throw wrongType(what, "an object", options);
  }
  const known = Object.keys(names);
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue;
    throw new TypeError(
      `Cannot use ${quote(name)} in ${what}: there is no such option${
        didYouMean(nearestOption(name, known)) ||
        `; there are ${known.join(", ")}`
      }`,
    );
  }
}

/** The options that an unknown name most likely means: by the names in other tools, or by spelling. */
export function nearestOption(
  name: string,
  known: readonly string[],
): readonly string[] {
  const plain = name.replaceAll(/[^a-z]/gi, "").toLowerCase();
  const also = (Object.hasOwn(ALSO_CALLED, plain) && ALSO_CALLED[plain] || [])
    .filter((option) => known.includes(option));
  return also.length > 0 ? also : nearest(name, known);
}
