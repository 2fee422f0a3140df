import { DATASETS, newYorkDate } from "../../../catalog/mod.ts";
import { codeOf, json } from "../answers.ts";
import type { Session } from "../api_types.ts";
import type { Route } from "../route.ts";
import type { UiContext } from "../ui_context.ts";

/** `GET /api/session`: what a page needs once. It is answered also where the mirror cannot be read. */
export const session: Route = {
  method: "GET",
  path: "/api/session",
  async handle(_, context) {
    const { location, isReadOnly, readOnlyReason, defaults } = context;
    const answer: Session = {
      version: context.version,
      serverId: context.serverId,
      location,
      isReadOnly,
      ...(readOnlyReason !== undefined && { readOnlyReason }),
      datasets: DATASETS.map(({ id, prefix, kind, firstDate }) => ({
        id,
        prefix,
        kind,
        firstDate,
      })),
      today: newYorkDate(context.now()),
      hasCredentials: context.hasCredentials(),
      ...await mirrorState(context),
      defaults,
    };
    return json(answer);
  },
};

async function mirrorState(
  context: UiContext,
): Promise<Pick<Session, "mirror" | "problem">> {
  try {
    if (await context.reader.exists()) return { mirror: "there" };
    return { mirror: await holdsFiles(context.location) ? "other" : "none" };
  } catch (error) {
    return {
      mirror: "there",
      problem: { code: codeOf(error), message: context.explain(error) },
    };
  }
}

/** Whether a folder that is no mirror holds something. */
async function holdsFiles(location: string): Promise<boolean> {
  // A bucket is no folder: to look for one would ask for a permission.
  if (/^s3:/i.test(location)) return false;
  try {
    for await (const _ of Deno.readDir(location)) return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return false;
}
