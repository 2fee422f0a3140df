/**
 * Makes every key of every dataset since its beginning.
 *
 * @module
 */
import { DATASETS, S3Catalog } from "../../src/catalog/mod.ts";
import { report } from "./_report.ts";

await report(() => {
  const catalog = new S3Catalog();
  const today = new Date().toISOString().slice(0, 10);
  let keys = 0;
  for (const { id, firstDate } of DATASETS) {
    keys += catalog.getDateRangeKeys(id, firstDate, today).length;
  }
  return { keys };
});
