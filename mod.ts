/**
 * Brings the flat files of Polygon.io (now Massive) to your machine: the right files
 * for the right trading days, fast, whole, verified.
 *
 * {@linkcode S3Catalog} says which object holds which day, {@linkcode MarketCalendar}
 * which days there are, {@linkcode AsyncS3Downloader} and
 * {@linkcode SyncS3Downloader} bring them, and a {@linkcode Mirror} keeps a folder of
 * them complete.
 *
 * @example
 * ```ts
 * import { AsyncS3Downloader, S3Catalog } from "@flatbed/flatbed";
 *
 * const catalog = new S3Catalog();
 * await using downloader = new AsyncS3Downloader({
 *   accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
 *   secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
 * }, { endpointUrl: Deno.env.get("FLATBED_ENDPOINT_URL") });
 * const days = await downloader.downloadBatch(
 *   catalog.bucket,
 *   catalog.getDateRangeKeys("stocks_daily", "2024-01-01", "2024-01-31"),
 * );
 * console.log(days.length, "trading days");
 * ```
 *
 * @module
 */

export * from "./src/calendar/mod.ts";
export * from "./catalog.ts";
export * from "./download.ts";
export * from "./gzip.ts";
export * from "./mirror.ts";
export * from "./rows.ts";
