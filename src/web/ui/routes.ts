import { coverage } from "./api/coverage.ts";
import { dayRoutes } from "./api/day.ts";
import { doRoutes, jobFeed } from "./api/do.ts";
import { events } from "./api/events.ts";
import { session } from "./api/session.ts";
import type { Feed } from "./events.ts";
import { activityFeed } from "./feeds/activity_feed.ts";
import { mirrorFeed } from "./feeds/mirror_feed.ts";
import type { Route } from "./route.ts";
import type { UiContext } from "./ui_context.ts";

/**
 * All routes of the API. To add some: a file in `api/` exports a `Route` for each, with its
 * handler; name it here, and put the types of its answer into `api_types.ts`. `POST` is
 * answered only where the page may write.
 */
export const ROUTES: readonly Route[] = [
  session,
  events,
  coverage,
  ...dayRoutes,
  ...doRoutes,
];

/** What the page is told without asking, over `/api/events`. */
export const FEEDS: readonly ((context: UiContext) => Feed)[] = [
  mirrorFeed,
  activityFeed,
  jobFeed,
];
