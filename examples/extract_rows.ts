// deno-lint-ignore-file no-console -- examples show what they do
/** Writes the first half hour of two tickers to a file, and says where the rows came from. */
import { AsyncS3Downloader, Mirror } from "@flatbed/flatbed";
import { writeRows } from "@flatbed/flatbed/rows";

const [folder = "."] = Deno.args;
await using downloader = new AsyncS3Downloader({
  accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
  secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
}, { endpointUrl: Deno.env.get("FLATBED_ENDPOINT_URL") });
// Days that the folder does not have are read from the service.
await using mirror = await Mirror.open(folder, { downloader, readOnly: true });

const rows = mirror.extract({
  dataType: "stocks_trades",
  tickers: ["AAPL", "MSFT"],
  from: "2024-01-02",
  to: "2024-01-03",
  between: { from: "09:30", to: "10:00" },
  columns: ["ticker", "sip_timestamp", "price", "size"], // the compiler knows them
  onEvent(event) {
    if (event.code === "extracted") {
      console.log(`${event.date}: ${event.rows} rows, ${event.source}`);
    }
    if (event.code === "no-rows") console.log(`${event.date}: ${event.reason}`);
  },
});
const csv = ReadableStream.from(writeRows(rows)); // or { format: "arrow" }
await Deno.writeFile(`${folder}/trades.csv`, csv);
