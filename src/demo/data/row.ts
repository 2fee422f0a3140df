/** One row before it is written. Which fields hold something depends on the dataset. */
export class Row {
  /** The ticker's name. */
  ticker = "";
  /** How many digits the prices have behind the point; they are whole numbers of that unit. */
  decimals = 2;
  /** Prices of a bar. */
  open = 0;
  high = 0;
  low = 0;
  /** The close of a bar, the price of a trade, the value of an index. */
  close = 0;
  /** Prices and sizes of a quote. */
  bid = 0;
  ask = 0;
  bidSize = 0;
  askSize = 0;
  /** Volume or size, as a whole number of the unit that `volumeDecimals` gives. */
  volume = 0;
  volumeDecimals = 0;
  transactions = 0;
  /** The instant: whole seconds since 1970, and nanoseconds. */
  seconds = 0;
  nanos = 0;
  /** What stands in place of the time, if anything. */
  nonsense = "";
  /** Whether sizes have all their decimals, as `4.000000`. */
  hasZeros = false;
  /** How many nanoseconds earlier it was elsewhere. */
  lag = 0;
  /** Counts up within a ticker. */
  sequence = 0;
  /** Counts up within a file. */
  place = 0;
  exchange = 0;
  otherExchange = 0;
  tape = 1;
  /** The conditions as the file writes them. */
  conditions = "";
  /** The date that a futures session counts for. */
  sessionEndDate = "";
}
