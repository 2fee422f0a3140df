import { assertEquals } from "@std/assert";
import { tickerHint } from "../../src/cli/ticker_hint.ts";

Deno.test("tickerHint says how a ticker is written in a dataset's files, and nothing of one that may be right", () => {
  const cases = [
    ["crypto_daily", "X:BTCUSD", "X:BTC-USD"],
    ["crypto_daily", "btc/usd", "X:BTC-USD"],
    ["crypto_daily", "X:BTC-USDT", undefined],
    ["forex_minute", "EURUSD", "C:EUR-USD"],
    ["indices_minute", "SPX", "I:SPX"],
    ["indices_minute", "I:SPX", undefined],
    ["options_trades", "SPY", "--underlying SPY"],
    ["options_trades", "O:spy", "--underlying SPY"],
    ["options_trades", "SPY240105C00475000", "O:SPY240105C00475000"],
    ["options_trades", "O:SPY240105C00475000", undefined],
    ["stocks_daily", "aapl", undefined],
  ] as const;
  for (const [dataType, ticker, hint] of cases) {
    assertEquals([ticker, tickerHint(dataType, ticker)], [ticker, hint]);
  }
});
