import { assertString } from "../../../base/mod.ts";
import { describeDays } from "../../../catalog/mod.ts";
import { daysToAccept, noMirror } from "../../../mirror/mod.ts";
import { json } from "../answers.ts";
import type { Feed } from "../events.ts";
import { Jobs } from "../jobs/jobs.ts";
import type {
  AcceptPlanAnswer,
  AcceptRequest,
  Job,
  JobAnswer,
  JobsAnswer,
} from "../jobs/job_types.ts";
import { planSync } from "../jobs/plan_sync.ts";
import { namedDays, readJobRequest } from "../jobs/read_job_request.ts";
import type { Route } from "../route.ts";
import type { UiContext } from "../ui_context.ts";

/** The jobs of each server. */
const known = new WeakMap<UiContext, Jobs>();

function jobsOf(context: UiContext): Jobs {
  const jobs = known.get(context) ?? new Jobs(context);
  if (!known.has(context)) {
    known.set(context, jobs);
    context.atEnd(() => jobs.close());
  }
  return jobs;
}

/** Event `job`: the jobs, whenever one of them changes. */
export function jobFeed(context: UiContext): Feed {
  return {
    name: "job",
    read: (): JobsAnswer => ({ jobs: jobsOf(context).all() }),
  };
}

/** `GET /api/jobs`: the jobs. */
const list: Route = {
  method: "GET",
  path: "/api/jobs",
  handle(_, context) {
    const answer: JobsAnswer = { jobs: jobsOf(context).all() };
    return json(answer);
  },
};

/** `POST /api/jobs`: starts a job. */
const start: Route = {
  method: "POST",
  path: "/api/jobs",
  handle({ body }, context) {
    const request = readJobRequest(body, context.now());
    return json(jobsOf(context).start(request));
  },
};

/** `POST /api/plan`: what a sync would do. */
const plan: Route = {
  method: "POST",
  path: "/api/plan",
  async handle({ body, signal }, context) {
    const request = readJobRequest(body, context.now());
    if (request.kind !== "sync") {
      throw new RangeError("Only a sync can be planned");
    }
    return json(await planSync(request, context, signal));
  },
};

/** `POST /api/accept-plan`: which days would be accepted, or expected again. */
const acceptPlan: Route = {
  method: "POST",
  path: "/api/accept-plan",
  async handle({ body, signal }, context) {
    const request = readJobRequest(body, context.now());
    if (request.kind !== "accept" && request.kind !== "expect") {
      throw new RangeError("Only days that are missing can be accepted");
    }
    return json(await planAccept(request, context, signal));
  },
};

async function planAccept(
  request: AcceptRequest,
  { reader, location }: UiContext,
  signal: AbortSignal,
): Promise<AcceptPlanAnswer> {
  if (!await reader.exists()) throw noMirror(location);
  const named = namedDays(request);
  const days: { dataType: AcceptRequest["dataTypes"][number]; date: string }[] =
    [];
  const isAccept = request.kind === "accept";
  for (const dataType of request.dataTypes) {
    const dates = await daysToAccept(reader, dataType, named, isAccept, {
      signal,
    });
    if (isAccept) {
      await reader.acceptMissing(dataType, dates, { dryRun: true, signal });
    }
    days.push(...dates.map((date) => ({ dataType, date })));
  }
  return {
    count: days.length,
    days: days.length === 0 ? "" : describeDays(days),
  };
}

/** A `POST` that does something with the job that its body names by `id`. */
function change(
  path: string,
  work: (jobs: Jobs, id: string) => Job | Promise<Job>,
): Route {
  return {
    method: "POST",
    path,
    async handle({ body }, context) {
      const answer: JobAnswer = {
        job: await work(jobsOf(context), idOf(body)),
      };
      return json(answer);
    },
  };
}

/** `POST /api/jobs/remove`: forgets a job that waits or has ended. */
const remove: Route = {
  method: "POST",
  path: "/api/jobs/remove",
  handle({ body }, context) {
    jobsOf(context).remove(idOf(body));
    return json({});
  },
};

function idOf(body: unknown): string {
  const { id } = Object(body);
  assertString(id, "id");
  return id;
}

/** What starts, shows and ends jobs. */
export const doRoutes: readonly Route[] = [
  list,
  start,
  plan,
  acceptPlan,
  change("/api/jobs/pause", (jobs, id) => jobs.pause(id)),
  change("/api/jobs/resume", (jobs, id) => jobs.resume(id)),
  change("/api/jobs/cancel", (jobs, id) => jobs.cancel(id)),
  remove,
];
