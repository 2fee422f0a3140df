/**
 * The cases of the benchmark, in the order in which they run.
 *
 * @module
 */
import type { BenchCase } from "../bench_case.ts";
import { bucketLarge, bucketSmall } from "./bucket.ts";
import { extractDay } from "./extract_day.ts";
import { extractDays } from "./extract_days.ts";
import { extractRemote } from "./extract_remote.ts";
import { extractTickers } from "./extract_tickers.ts";
import { fileBatch } from "./file_batch.ts";
import { index } from "./index.ts";
import { indexSizes } from "./index_sizes.ts";
import { large } from "./large.ts";
import { latency } from "./latency.ts";
import { memory } from "./memory.ts";
import { memoryBatch } from "./memory_batch.ts";
import { parquetDay, parquetDays, parquetPresent } from "./parquet.ts";
import { plan } from "./plan.ts";
import { planPresent } from "./plan_present.ts";
import { present } from "./present.ts";
import { small } from "./small.ts";
import { sql } from "./sql.ts";
import { start } from "./start.ts";
import { stores } from "./stores.ts";
import { sync } from "./sync.ts";
import { verifyFull } from "./verify_full.ts";

/** All cases. */
export const CASES: readonly BenchCase[] = [
  large,
  small,
  present,
  latency,
  memoryBatch,
  fileBatch,
  index,
  extractDay,
  extractRemote,
  extractDays,
  extractTickers,
  indexSizes,
  parquetDay,
  parquetDays,
  parquetPresent,
  sql,
  verifyFull,
  bucketLarge,
  bucketSmall,
  sync,
  memory,
  start,
  plan,
  planPresent,
  ...stores,
];
