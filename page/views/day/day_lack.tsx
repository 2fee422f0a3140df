import type { DayFacts } from "../../../src/web/ui/day/day_types.ts";
import { session } from "../../api.ts";
import { Button } from "../../parts/button.tsx";
import { CopyButton } from "../../parts/copy_button.tsx";
import { Message } from "../../parts/message.tsx";
import { hrefOf } from "../../router.ts";
import { useStore } from "../../store.ts";
import { bashWord } from "../../../src/base/bash_word.ts";
import { formatBytes } from "../../formats.ts";

const TITLES: Readonly<Partial<Record<DayFacts["state"], string>>> = {
  released: "This day was released",
  missing: "This day is missing",
  damaged: "This day is damaged at source",
  accepted: "This day was accepted as missing",
  refused: "This day is refused",
  closed: "The market is closed",
  optional: "This day may have a file, and need not",
  "not-published": "The file of this day is not due yet",
  before: "The dataset begins later",
};

/** Says what lacks of a day, and what can be done. */
export function DayLack({ facts, asksService, askService }: {
  facts: DayFacts;
  asksService: boolean;
  askService: () => void;
}) {
  const known = useStore(session);
  const isReadOnly = known?.isReadOnly ?? true;
  if (facts.needsIndex) {
    const { dataType, date, file } = facts;
    const command = `flatbed index ${dataType} --date ${date} --out ${
      bashWord(known?.location ?? "")
    }`;
    return (
      <Message
        kind="warning"
        title="This day has no index"
        action={
          <Action
            command={command}
            link={isReadOnly ? undefined : jobLink("index", facts)}
          />
        }
      >
        Its file of {formatBytes(file?.bytes ?? 0)}{" "}
        would be read through for each search, so tickers and prices are not
        looked for. The job <em>Index</em>{" "}
        reads it once; its first rows and downloads are there already.
      </Message>
    );
  }
  if (facts.advice === "") return null;
  const canAsk = facts.access === "ranges" && known?.hasCredentials !== false;
  return (
    <Message
      kind={["missing", "damaged"].includes(facts.state) ? "warning" : "note"}
      title={facts.job === "repair"
        ? "The file of this day has to be repaired"
        : TITLES[facts.state] ?? "This day cannot be read"}
      action={
        <>
          <Action
            command={facts.command}
            link={isReadOnly || facts.job === null
              ? undefined
              : jobLink(facts.job, facts)}
          />
          {canAsk && !asksService && (
            <p class="actions">
              <Button look="primary" onClick={askService}>
                Read rows from the service
              </Button>
            </p>
          )}
        </>
      }
    >
      {facts.advice}
      {facts.access === "ranges" && known?.hasCredentials === false &&
        " There are no credentials at hand: start flatbed ui with them to read rows."}
    </Message>
  );
}

/** A command to copy. */
function Action({ command, link }: {
  command: string;
  /** Where the page does the same. */
  link: string | undefined;
}) {
  if (command === "") return null;
  return (
    <div class="actions row">
      <code class="look-command break">{command}</code>
      <CopyButton text={command} />
      {link !== undefined && <a class="button" href={link}>Do it here</a>}
    </div>
  );
}

/** Where a job of this day is started. */
function jobLink(kind: string, { dataType, date, state }: DayFacts): string {
  return hrefOf("do", [], {
    ...{ kind, dataset: dataType, from: date, to: date },
    ...state === "released" && { released: "true" },
  });
}
