import type { FunctionComponent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { connection, session } from "./api.ts";
import { Header } from "./parts/header.tsx";
import { Notices } from "./parts/notices.tsx";
import { Message } from "./parts/message.tsx";
import { type Route, useRoute } from "./router.ts";
import { useStore } from "./store.ts";
import { CoverageView } from "./views/coverage.tsx";
import { DayView } from "./views/day.tsx";
import { DoView } from "./views/do.tsx";
import { NowView } from "./views/now.tsx";

/** What a view gets. */
export interface ViewProps {
  /** Where the page is: what follows the view's name in the address. */
  route: Route;
}

/** The views, by their names in the address, in the order of the tabs. */
export const VIEWS: Readonly<
  Record<string, { title: string; view: FunctionComponent<ViewProps> }>
> = {
  coverage: { title: "Coverage", view: CoverageView },
  now: { title: "Now", view: NowView },
  do: { title: "Do", view: DoView },
  day: { title: "Day", view: DayView },
};

/** The whole page: its header, the view that the address names, and notices. */
export function App() {
  const route = useRoute();
  const stands = useStore(connection);
  const known = useStore(session);
  const main = useRef<HTMLElement>(null);
  const shown = VIEWS[route.view];
  const title = shown?.title ?? "Not here";
  const isFirst = useRef(true);

  useEffect(() => {
    document.title = `${title} · Flatbed`;
    // A screen reader goes on where the new view begins.
    if (!isFirst.current) main.current?.focus({ preventScroll: true });
    isFirst.current = false;
    scrollTo(0, 0);
  }, [route.view, ...route.parts]);

  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault(); // the hash is the view's
          main.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <Header view={route.view} />
      <main id="main" tabIndex={-1} ref={main} aria-label={title}>
        {stands === "stranger"
          ? (
            <Message kind="error" title="This address is not valid any more">
              The server was started again. Open the address that{" "}
              <code>flatbed ui</code> printed in its terminal.
            </Message>
          )
          : (
            <>
              {stands === "gone" && (
                <div class="stays">
                  <Message kind="warning" title="The server does not answer">
                    What you see may be old. If it has ended, start{" "}
                    <code>flatbed ui</code>{" "}
                    again and open the address that it prints; if it is only out
                    of reach, this page goes on by itself.
                  </Message>
                </div>
              )}
              {shown === undefined
                ? (
                  <Message title="There is no such page">
                    Choose one of the four above.
                  </Message>
                )
                : known?.problem !== undefined
                ? (
                  <Message kind="error" title="The mirror cannot be read">
                    {known.problem.message}
                  </Message>
                )
                : known !== undefined && <shown.view route={route} />}
            </>
          )}
      </main>
      <Notices />
    </>
  );
}
