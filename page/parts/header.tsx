import { useEffect, useState } from "preact/hooks";
import { connection, onServerEvent, session } from "../api.ts";
import { hrefOf } from "../router.ts";
import { useStore } from "../store.ts";

const TABS = [
  ["coverage", "Coverage"],
  ["now", "Now"],
  ["do", "Do"],
  ["day", "Day"],
] as const;

/** The page's head: where the mirror is, the tabs, and whether something runs. */
export function Header({ view }: { view: string }) {
  const known = useStore(session);
  return (
    <header class="head">
      <div class="head-line">
        <span class="name">Flatbed</span>
        <span class="location" title={known?.location}>{known?.location}</span>
        {known?.isReadOnly && (
          <span
            class="tag"
            title={known.readOnlyReason ?? "Nothing can be changed here"}
          >
            read-only
          </span>
        )}
        <Live />
      </div>
      <nav class="tabs" aria-label="Views">
        {TABS.map(([name, title]) => (
          <a
            key={name}
            href={hrefOf(name)}
            aria-current={name === view ? "page" : undefined}
          >
            {title}
          </a>
        ))}
      </nav>
    </header>
  );
}

/** Says how many commands are at work on the mirror, or that the server is not there. */
function Live() {
  const stands = useStore(connection);
  const [running, setRunning] = useState(0);
  useEffect(() =>
    onServerEvent<{ running?: number }>(
      "activity",
      (event) => setRunning(event.running ?? 0),
    ), []);
  const [mark, text] = stands === "gone" || stands === "stranger"
    ? ["off", "not connected"]
    : stands === "connecting"
    ? ["off", "connecting"]
    : running > 0
    ? ["on", `${running} running`]
    : ["idle", "nothing runs"];
  return (
    <a class="live" href={hrefOf("now")}>
      <span class={`live-mark live-${mark}`} aria-hidden="true" />
      <span role="status">{text}</span>
    </a>
  );
}
