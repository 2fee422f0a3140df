/**
 * Asks a store for the same thing again and again, one request at a time.
 *
 *     stores.ts URL signed|aws get|head|page TIMES KEYS
 *
 * Loading the store, and for `aws` the SDK, is part of the work. `KEYS` is a file of keys.
 *
 * @module
 */
import {
  AwsStore,
  makeAwsClient,
  type ObjectStore,
  SignedStore,
} from "../../src/store/mod.ts";
import { CREDENTIALS, report } from "./_report.ts";

const BUCKET = "flatfiles";
const [url = "", way = "", what = "", times = "", file = ""] = Deno.args;
const keys: string[] = JSON.parse(await Deno.readTextFile(file));

async function openStore(): Promise<ObjectStore> {
  const options = {
    endpoint: new URL(url),
    maxRetries: 0,
    timeout: 30,
    maxPoolConnections: 1,
  };
  if (way === "signed") {
    return new SignedStore({ ...options, credentials: CREDENTIALS });
  }
  // As for `--credentials aws`: of the environment.
  Deno.env.set("AWS_ACCESS_KEY_ID", CREDENTIALS.accessKeyId);
  Deno.env.set("AWS_SECRET_ACCESS_KEY", CREDENTIALS.secretAccessKey);
  const client = await makeAwsClient({
    endpoint: options.endpoint,
    region: "us-east-1",
    poolSize: 1,
  });
  return new AwsStore({ ...options, client });
}

/** Makes one request, and returns how many bytes or keys it brought. */
async function ask(store: ObjectStore, key: string): Promise<number> {
  if (what === "head") return (await store.head(BUCKET, key)).size;
  let count = 0;
  if (what === "get") {
    const { body } = await store.get(BUCKET, key);
    for (let bytes; (bytes = await body.read()) !== null;) {
      count += bytes.length;
    }
    return count;
  }
  const prefix = key.slice(0, key.indexOf("/") + 1);
  for await (const { objects } of store.listPages(BUCKET, prefix)) {
    count += objects.length;
    break; // the first page
  }
  return count;
}

await report(async () => {
  const store = await openStore();
  let total = 0;
  for (let time = 0; time < Number(times); time++) {
    total += await ask(store, keys[time % keys.length] ?? "");
  }
  store.close();
  return { total };
});
Deno.exit(); // the SDK's client keeps its connection
