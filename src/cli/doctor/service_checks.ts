import { AccessDeniedError, NotFoundError } from "../../base/mod.ts";
import { addDays } from "../../calendar/mod.ts";
import {
  type DataType,
  getDataset,
  getFileDates,
  lastDueDate,
  S3Catalog,
} from "../../catalog/mod.ts";
import type { AsyncS3Downloader } from "../../download/mod.ts";
import { readDataTypes } from "../arguments.ts";
import { DEFAULT_ENDPOINT, inOptionNames } from "../connection.ts";
import { formatDuration } from "../format.ts";
import {
  type CheckOptions,
  fail,
  type Finding,
  ok,
  warning,
} from "./finding.ts";

/** How long silence lasts before a check gives up, in seconds, where `--timeout` says nothing. */
export const TIMEOUT = 10;

/** Whether the service answers, and how far its clock is ahead, in milliseconds. */
export async function checkEndpoint(
  options: CheckOptions,
  signal: AbortSignal,
): Promise<{ finding: Finding; clockAhead: number | undefined }> {
  const { checkEndpoint, checkEndpointPath, ...store } = await import(
    "../../store/mod.ts"
  );
  const { allowHttp = false, bucket, endpointUrl = DEFAULT_ENDPOINT } = options;
  let url: URL;
  try {
    url = checkEndpoint(endpointUrl, allowHttp);
    checkEndpointPath(url, bucket);
  } catch (error) {
    throw inOptionNames(error);
  }
  const { isS3, status, clockAhead } = await store.probeService(
    url,
    bucket,
    options.timeout ?? TIMEOUT,
    signal,
  );
  const { href } = url;
  const proxy = store.findProxy(url);
  const way = [
    proxy && `, through the proxy ${proxy.address} of ${proxy.variable}`,
    ...(url.protocol === "https:" ? store.readCertificates() : [])
      .map(({ variable, problem }) =>
        problem === undefined
          ? `; the certificates of ${variable} are trusted, too`
          : `; ${variable} cannot be used: ${problem}`
      ),
  ].join("");
  const finding = isS3 ? ok(`${href} answers${way}`) : warning(
    `${href} answers ${status}, but not like an S3 service${way}`,
    "If the next checks fail, a proxy or a login page may be answering instead, or --endpoint-url is not an S3 service",
  );
  return { finding, clockAhead };
}

/** What to do where the service answers with an error, or not at all. */
export function adviseService(error: unknown): string {
  const { code = undefined, message } = error as Error & { code?: string };
  if (code === "credentials") {
    return "Copy the S3 access key and secret again from your account's dashboard; where several pairs are set, FLATBED_ comes before MASSIVE_, POLYGON_ and AWS_";
  }
  if (code === "not-found") {
    return "Check --endpoint-url and --bucket, and the same in the configuration: Polygon's and Massive's bucket is flatfiles";
  }
  if (code === "untrusted-endpoint") {
    return "'flatbed doctor --trust-endpoint' confirms it; if you do not know it, the configuration is not yours: leave it";
  }
  if (code === undefined) {
    return "Check --endpoint-url, FLATBED_ENDPOINT_URL, and 'endpointUrl' in the configuration, in this order";
  }
  if (/certificate/i.test(message)) {
    return "Companies whose proxy inspects traffic have their own certificate authority: try DENO_TLS_CA_STORE=system first, or ask for the file";
  }
  if (/\bproxy\b/.test(message)) {
    return "Proxies come from HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; NO_PROXY names the hosts to reach without one";
  }
  if (code === "transfer" || code === "timed-out") {
    return "Is the network up, and does it need a proxy (HTTPS_PROXY)? --endpoint-url or FLATBED_ENDPOINT_URL leads to another service";
  }
  return "Open the URL in a browser: there may be a login page. Otherwise check --endpoint-url, --bucket and --region, and try again later";
}

/** A clock that is this wrong will soon be a problem, in milliseconds. */
const WRONG = 60_000;
/** A clock that is this wrong is one: at 15 minutes every request is refused. */
const TOO_WRONG = 5 * 60_000;

/** Whether this machine's clock is right, since signatures hold the time. */
export function checkClock(clockAhead: number | undefined): Finding {
  if (clockAhead === undefined) {
    return warning(
      "The service's answer has no date",
      "Compare this machine's clock with another one: requests that are 15 minutes off are refused",
    );
  }
  const off = Math.abs(clockAhead);
  if (off <= WRONG) return ok("agrees with the service's to the minute");
  const message = `This machine's clock is ${formatDuration(off)} ${
    clockAhead > 0 ? "behind" : "ahead of"
  } the service's`;
  const advice =
    "Let the system set it, on Linux with 'timedatectl set-ntp true': requests that are 15 minutes off are refused";
  return off > TOO_WRONG ? fail(message, advice) : warning(message, advice);
}

/** One data type of each kind, for an account of which nothing else is known. */
const SAMPLES: readonly DataType[] = [
  "stocks_daily",
  "options_daily",
  "indices_daily",
  "forex_daily",
  "crypto_daily",
  "futures_cme_session",
];

/** The data types that are asked about. */
export function typesToCheck(
  { dataTypes }: CheckOptions,
): readonly DataType[] {
  return dataTypes === undefined
    ? SAMPLES
    : readDataTypes(dataTypes).map(({ id }) => id);
}

/** How many days may lack a file before none is believed to be there. */
const DAYS = 3;

/** What the account may do with a data type's newest file. */
export type Access = "readable" | "refused" | "absent";

/**
 * Asks for the newest file of a data type that is due, and for an older one where it is
 * refused.
 *
 * @throws {FlatbedError} If the service refuses the credentials, or answers something else than yes or no.
 */
export async function askForNewest(
  downloader: AsyncS3Downloader,
  bucket: string,
  dataType: DataType,
): Promise<Access> {
  const catalog = new S3Catalog(bucket, { layout: "live" });
  const last = lastDueDate(new Date());
  const dates = getFileDates(dataType, addDays(last, -21), last);
  const ask = async (date: string): Promise<Access> => {
    try {
      await downloader.getObjectInfo(bucket, catalog.getKey(dataType, date));
      return "readable";
    } catch (error) {
      if (error instanceof AccessDeniedError) return "refused";
      const isNoBucket = error instanceof NotFoundError &&
        error.serviceCode === "NoSuchBucket";
      if (!(error instanceof NotFoundError) || isNoBucket) throw error;
      return "absent";
    }
  };
  for (const date of dates.slice(-DAYS).reverse()) {
    const access = await ask(date);
    if (access === "absent") continue;
    if (access === "readable") return access;
    // The newest may be refused only because it is not published yet.
    const older = dates.findLast((date) => date < addDays(last, -7));
    return older !== undefined && await ask(older) === "readable"
      ? "readable"
      : "refused";
  }
  return "absent";
}

/**
 * Whether what answers lists a data type, or refuses to, as S3 services do: that a file
 * is not there, any web server can say.
 *
 * @throws {FlatbedError} If there is no such bucket, or the answer is no listing.
 */
export async function checkListing(
  downloader: AsyncS3Downloader,
  bucket: string,
  dataType: DataType,
): Promise<Finding> {
  try {
    await downloader.listObjects(bucket, `${getDataset(dataType).prefix}/`, 1);
  } catch (error) {
    if (!(error instanceof AccessDeniedError)) throw error;
    if (error.serviceCode === undefined) {
      return fail(
        error.message,
        "The refusal is not an S3 service's: check --endpoint-url and the network",
      );
    }
  }
  return ok("the service accepts the credentials");
}

/** Whether the plan includes what is wanted. */
export function judgeAccess(
  access: ReadonlyMap<DataType, Access>,
  isWanted: boolean,
): Finding {
  const those = (wanted: Access) =>
    [...access].filter(([, each]) => each === wanted).map(([id]) => id);
  const [readable, refused, absent] = [
    those("readable"),
    those("refused"),
    those("absent"),
  ];
  const parts = [
    readable.length > 0 ? `can read ${readable.join(", ")}` : "",
    refused.length > 0 ? `may not read ${refused.join(", ")}` : "",
    absent.length > 0
      ? `finds no file of the last ${DAYS} days of ${absent.join(", ")}`
      : "",
  ].filter((part) => part !== "");
  const message = `The account ${parts.join("; ")}`;
  if (refused.length > 0 && (isWanted || readable.length === 0)) {
    return fail(
      message,
      isWanted
        ? "The plan may not include them, or an agreement may not be signed: 'flatbed entitlements' tells what can be read, and since when; or take them out of dataTypes"
        : "'flatbed entitlements' asks for every data type; the plan may include no flat files",
    );
  }
  if (absent.length > 0) {
    return warning(
      message,
      "They may be late; if they do not appear, check --bucket and --endpoint-url",
    );
  }
  return ok(`${message}; 'flatbed entitlements' tells since when`);
}
