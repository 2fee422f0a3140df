import type { PlanAnswer } from "../../../src/web/ui/jobs/job_types.ts";
import { formatBytes, formatNumber } from "../../formats.ts";
import { Figure } from "../../parts/figure.tsx";

/** What a sync would do. */
export function PlanPanel({ plan }: { plan: PlanAnswer }) {
  const { rows, files, bytes, space, messages, notFetched } = plan;
  const isShort = space.free !== undefined && space.needed > space.free;
  if (rows.length === 0) {
    return (
      <p>There is no day of which a file is expected. Choose other days.</p>
    );
  }
  return (
    <>
      <dl class="figures">
        <Figure label="files to fetch">{formatNumber(files)}</Figure>
        <Figure label="bytes">{formatBytes(bytes)}</Figure>
        <Figure label="needed on the disk" tone={isShort ? "bad" : undefined}>
          {formatBytes(space.needed)}
        </Figure>
        {space.free !== undefined && (
          <Figure label="free there" tone={isShort ? "bad" : undefined}>
            {formatBytes(space.free)}
          </Figure>
        )}
      </dl>
      <div class="scroll" role="group" aria-label="By dataset" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Dataset</th>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col" class="number">To fetch</th>
              <th scope="col" class="number">Bytes</th>
              <th scope="col" class="number">Present</th>
              <th scope="col" class="number">Other</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.dataType}>
                <th scope="row">{row.dataType}</th>
                <td>{row.from}</td>
                <td>{row.to}</td>
                <td class="number">{formatNumber(row.fetch)}</td>
                <td class="number">{formatBytes(row.bytes)}</td>
                <td class="number">{formatNumber(row.present)}</td>
                <td class="number">{formatNumber(row.other)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ul class="do-lines">
        {messages.map(({ level, text }) => (
          <li key={text} class={`line-${level}`}>{text}</li>
        ))}
        {notFetched.map(([why, days]) => (
          <li key={why} class="break">
            <strong>{why}:</strong> {days}
          </li>
        ))}
      </ul>
    </>
  );
}
