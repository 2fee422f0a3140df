import type { MirrorEvent } from "../api_types.ts";
import type { Feed } from "../events.ts";
import type { UiContext } from "../ui_context.ts";

/** How often is looked whether somebody wrote to the mirror, in milliseconds. */
const PERIOD = 1000;

/** Tells the page that the mirror is not as it was any more, whoever changed it. */
export function mirrorFeed(context: UiContext): Feed {
  return {
    name: "mirror",
    period: PERIOD,
    read: (): MirrorEvent => ({ revision: context.reader.revision() }),
  };
}
