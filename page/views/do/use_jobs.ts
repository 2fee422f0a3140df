import { useEffect, useState } from "preact/hooks";
import type { Job, JobsAnswer } from "../../../src/web/ui/jobs/job_types.ts";
import { onServerEvent } from "../../api.ts";

/** The jobs of this server, whichever page started them; `undefined` until they are known. */
export function useJobs(): readonly Job[] | undefined {
  const [jobs, setJobs] = useState<readonly Job[]>();
  useEffect(
    () => onServerEvent<JobsAnswer>("job", ({ jobs }) => setJobs(jobs)),
    [],
  );
  return jobs;
}
