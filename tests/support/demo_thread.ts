import type { Fault, RequestRecord } from "../../src/demo/mod.ts";

/** What a service in another thread is started with. */
export interface ToDemoWorker {
  /** Objects besides the generated ones. */
  objects: (readonly [key: string, body: Uint8Array])[];
  /** What goes wrong. */
  faults: Fault[];
}

/** What a service in another thread tells. */
export type FromDemoWorker =
  | { kind: "started"; url: string }
  | { kind: "request"; record: RequestRecord };

/** A demo service in another thread. */
export interface DemoThread extends Disposable {
  /** Where it answers. */
  readonly url: string;
  /** The requests so far; they arrive when this thread does not block. */
  readonly records: RequestRecord[];
}

/** Starts a demo service in another thread: it answers while this one blocks. */
export async function startDemoThread(
  { objects = [], faults = [] }: Partial<ToDemoWorker> = {},
): Promise<DemoThread> {
  const worker = new Worker(import.meta.resolve("./demo_worker.ts"), {
    type: "module",
  });
  const started = Promise.withResolvers<string>();
  const records: RequestRecord[] = [];
  worker.onmessage = ({ data }: MessageEvent<FromDemoWorker>) => {
    if (data.kind === "started") started.resolve(data.url);
    else records.push(data.record);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    started.reject(new Error(event.message));
  };
  worker.postMessage({ objects, faults } satisfies ToDemoWorker);
  return {
    url: await started.promise,
    records,
    [Symbol.dispose]: () => worker.terminate(),
  };
}
