import type { AssetClass } from "./dataset_universe.ts";
import { toTicker, type Universe } from "./universe.ts";

/** Tickers that readers stumble over: those that look like something else, and adjusted roots. */
const ODD_TICKERS: Readonly<Record<AssetClass, readonly string[]>> = {
  stocks: [
    "AMPB",
    "AMpB",
    "BRK.A",
    "FALSE",
    "INF",
    "NA",
    "NAN",
    "NULL",
    "TRUE",
  ],
  options: [
    "O:AAPL1260117C00100000",
    "O:NA260117P00001000",
    "O:SPXW260117C05000000",
    "O:SPYG260117P00050000",
    "O:TRUE260117C00002500",
  ],
  futures: ["6A:XF:AUDUSD:U6", "BZ:BF G6-H6-J6"],
  indices: ["I:NA", "I:TRUE"],
  forex: ["C:XAU-USD"],
  crypto: ["X:00-USD", "X:1INCH-USD"],
};

/** The universe with odd tickers in it, all in the order of their names. */
export function withOddTickers(
  universe: Universe,
  asset: AssetClass,
): Universe {
  const places = ODD_TICKERS[asset].toSorted()
    .filter((name) => universe.at(placeOf(name, universe)).name !== name)
    .map((name) => ({ place: placeOf(name, universe), ticker: toTicker(name) }))
    .map(({ place, ticker }, index) => ({ place: place + index, ticker }));
  const oddAt = new Map(places.map(({ place, ticker }) => [place, ticker]));
  const before = (index: number) =>
    places.filter(({ place }) => place < index).length;
  return {
    size: universe.size + places.length,
    leaders: universe.leaders.map((leader) => {
      let index = leader;
      for (const { place } of places) if (place <= index) index++;
      return index;
    }),
    at: (index) => oddAt.get(index) ?? universe.at(index - before(index)),
  };
}

/** How many tickers of the universe come before a name. */
function placeOf(name: string, universe: Universe): number {
  let from = 0;
  let to = universe.size;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (universe.at(middle).name < name) from = middle + 1;
    else to = middle;
  }
  return from;
}
