import { codesOf } from "./after_exit.ts";
import { isBucket } from "../out_options.ts";
import { argumentsOf, type ClusterJob } from "./cluster_job.ts";
import { toYaml, type YamlValue } from "./to_yaml.ts";
import { IMAGE_USER, SCRATCH } from "./image.ts";

/** What only Kubernetes wants to know. */
export interface KubernetesOptions {
  /** At most so many shards run at once. */
  atOnce?: number;
  image: string;
  namespace?: string;
  /** The secret whose fields become environment variables. */
  secret: string;
  /** The claim of the volume that is mounted at `--out`, for a mirror that is no bucket. */
  claim: string;
  serviceAccount?: string;
}

/** How long a sync may take to end, in seconds. */
const GRACE = 120;

/** Makes the manifest that `kubectl apply` takes. */
export function kubernetesManifest(
  job: ClusterJob,
  options: KubernetesOptions,
): string {
  return `${header(job, options)}\n${toYaml(manifestOf(job, options))}`;
}

/** The name of the job's object. */
function nameOf({ name, isFinish }: ClusterJob): string {
  return isFinish ? `${name}-finish` : name;
}

function header(job: ClusterJob, options: KubernetesOptions): string {
  const { secret, namespace } = options;
  const kubectl = namespace === undefined
    ? "kubectl"
    : `kubectl --namespace ${namespace}`;
  const name = nameOf(job);
  const lines = job.isFinish
    ? [
      `${
        job.command[0]
      }, after all ${job.shards} shards have ended: what they left, and the proof that all is there.`,
      "",
      `Apply it once '${kubectl} get job ${job.name}' says Complete or Failed:`,
      "",
      `  ${kubectl} wait --for=condition=Complete --timeout=24h job/${job.name} # the shards' own`,
      `  ${kubectl} apply --filename THIS_FILE`,
      `  ${kubectl} wait --for=condition=Complete --timeout=24h job/${name}`,
    ]
    : [
      `${job.command[0]} in ${job.shards} shards, each an index of the job.`,
      "",
      "The keys come from a secret, made of a file that only you can read, with the lines",
      "FLATBED_ACCESS_KEY_ID=... and FLATBED_SECRET_ACCESS_KEY=...",
      ...isBucket(job.out)
        ? [
          "and, unless the service account has a role for the mirror's bucket,",
          "AWS_ACCESS_KEY_ID=... and AWS_SECRET_ACCESS_KEY=...",
        ]
        : [
          "",
          `The volume of the claim ${options.claim} is mounted at ${job.out}: ReadWriteMany, if`,
          "shards run on several nodes.",
        ],
      "",
      `  ${kubectl} create secret generic ${secret} --from-env-file=keys.env`,
      `  ${kubectl} apply --filename THIS_FILE`,
      `  ${kubectl} get job ${name} --output=jsonpath='{.status.failedIndexes}'`,
      "",
      "The job exists once: delete it before it is applied again; the shards do what is left.",
      "What is to run after all shards is printed by 'flatbed cluster kubernetes --finish'.",
    ];
  return lines.map((line) => `# ${line}`.trimEnd()).join("\n");
}

function manifestOf(job: ClusterJob, options: KubernetesOptions): YamlValue {
  const { shards, retries, isFinish } = job;
  const labels = {
    "app.kubernetes.io/name": "flatbed",
    "app.kubernetes.io/instance": nameOf(job),
  };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: nameOf(job),
      namespace: options.namespace,
      labels,
    },
    spec: {
      ...isFinish ? { backoffLimit: retries } : {
        completionMode: "Indexed",
        completions: shards,
        parallelism: Math.min(options.atOnce ?? shards, shards),
        backoffLimitPerIndex: retries,
        // The others go on, however many fail.
        maxFailedIndexes: shards,
      },
      podFailurePolicy: { rules: failureRules(isFinish) },
      template: {
        metadata: { labels },
        spec: podOf(job, options, labels),
      },
    },
  };
}

/** What becomes of a pod that failed; the first rule that fits counts. */
function failureRules(isFinish: boolean): YamlValue {
  const onCodes = (action: string, values: readonly number[]) => ({
    action,
    onExitCodes: { containerName: "flatbed", operator: "In", values },
  });
  return [
    // Drained, evicted or preempted: no try is lost.
    { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] },
    onCodes("Count", codesOf("again")),
    onCodes(isFinish ? "FailJob" : "FailIndex", codesOf("let-be")),
    onCodes("FailJob", codesOf("end-all")),
  ];
}

function podOf(
  job: ClusterJob,
  { image, secret, claim, serviceAccount }: KubernetesOptions,
  labels: Record<string, string>,
): YamlValue {
  const { minutes, isFinish, shards, out, cpus, mebibytes } = job;
  const isVolume = !isBucket(out);
  const memory = mebibytes % 1024 === 0
    ? `${mebibytes / 1024}Gi`
    : `${mebibytes}Mi`;
  return {
    restartPolicy: "Never",
    serviceAccountName: serviceAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    activeDeadlineSeconds: minutes === undefined ? undefined : minutes * 60,
    terminationGracePeriodSeconds: GRACE,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: IMAGE_USER,
      runAsGroup: IMAGE_USER,
      fsGroup: IMAGE_USER,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    },
    // On as many nodes as there are: each has a network of its own.
    topologySpreadConstraints: isFinish ? undefined : [{
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: labels },
    }],
    containers: [{
      name: "flatbed",
      image,
      args: argumentsOf(job).map(unexpanded),
      env: isFinish
        ? undefined
        : [{ name: "FLATBED_SHARD_COUNT", value: String(shards) }],
      envFrom: [{ secretRef: { name: secret } }],
      resources: {
        requests: { cpu: String(cpus), memory },
        limits: { memory },
      },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
      volumeMounts: [
        { name: "scratch", mountPath: SCRATCH },
        ...isVolume ? [{ name: "mirror", mountPath: out }] : [],
      ],
    }],
    volumes: [
      { name: "scratch", emptyDir: {} },
      ...isVolume
        ? [{ name: "mirror", persistentVolumeClaim: { claimName: claim } }]
        : [],
    ],
  };
}

/** Kubernetes puts variables into arguments, where `$(NAME)` stands, and takes `$$` for a `$`. */
function unexpanded(argument: string): string {
  return argument.replaceAll("$", "$$$$");
}
