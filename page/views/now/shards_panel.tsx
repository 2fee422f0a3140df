import type { ShardInfo, ShardsInfo } from "../../../src/web/ui/api_types.ts";
import { formatBytes, formatCount, formatNumber } from "../../formats.ts";
import { formatClock } from "./words.ts";

/** The states of shards, in the order in which they are told. */
const WORDS: Readonly<Record<ShardInfo["state"], string>> = {
  "done": "✓ done",
  "running": "▶ running",
  "no-sign-of-life": "? no sign of life",
  "failed": "✕ failed",
  "never-started": "· never started",
};

/** How the shards of the work are of which one began last. */
export function ShardsPanel({ shards }: { shards: ShardsInfo }) {
  const { command, count, states, rows } = shards;
  const all = Object.entries(WORDS).flatMap(([state, word]) => {
    const of = states[state as ShardInfo["state"]] ?? 0;
    return of === 0 ? [] : [`${formatNumber(of)} ${word.slice(2)}`];
  });
  const left = count - (states.done ?? 0) - rows.length;
  return (
    <section>
      <h2>
        {formatCount(count, "shard")} of <code>{command}</code>
      </h2>
      <p class="muted">{all.join(", ")}</p>
      {rows.length > 0 && (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Shard</th>
                <th scope="col">State</th>
                <th scope="col">Host</th>
                <th scope="col">Said last</th>
                <th scope="col">Figures</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.index}>
                  <th scope="row">{row.index}/{count}</th>
                  <td class={`now-shard-${row.state} nowrap`}>
                    {WORDS[row.state]}
                  </td>
                  <td class="break">{row.host ?? ""}</td>
                  <td>
                    {row.updated === undefined ? "" : formatClock(row.updated)}
                  </td>
                  <td class="break">{row.error ?? figuresOf(row)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {left > 0 && (
        <p class="muted">
          and {formatNumber(left)} more that are not done
        </p>
      )}
    </section>
  );
}

function figuresOf({ counts }: ShardInfo): string {
  return Object.entries(counts).map(([name, count]) =>
    name === "bytes" ? formatBytes(count) : `${name} ${formatNumber(count)}`
  ).join(", ");
}
