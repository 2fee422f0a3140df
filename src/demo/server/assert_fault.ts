import { assertIsoDate, wrongType, wrongValue } from "../../base/mod.ts";
import type { Fault } from "./fault.ts";

/** The fields that each kind of fault takes besides those of every fault. */
export const FAULT_FIELDS: Readonly<Record<Fault["kind"], readonly string[]>> =
  {
    "drop": ["after"],
    "stall": ["after"],
    "status": ["status", "code", "retryAfter"],
    "wrong-length": ["by"],
    "truncate": ["after"],
    "flip-bit": ["at"],
    "changed-etag": [],
    "forbidden": ["before"],
    "damaged-source": ["how"],
    "encrypted": ["how"],
  };

/** The ways of the faults that are of objects. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  "damaged-source": ["cut", "empty", "newline", "checksum"],
  "encrypted": ["aws:kms", "aws:kms:dsse", "customer"],
};

const METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE"];
const OPERATIONS = ["get", "head", "list", "write"];

/** The fields that every fault takes. */
const MATCH_FIELDS = [
  "key",
  "method",
  "operation",
  "times",
  "skip",
] as const;

/**
 * Asserts that a fault makes sense.
 *
 * @throws {TypeError} If it is not an object.
 * @throws {RangeError} If one of its fields is unknown or has an impossible value.
 */
export function assertFault(fault: Fault): void {
  if (typeof fault !== "object" || fault === null) {
    throw wrongType("fault", "an object", fault);
  }
  if (!Object.hasOwn(FAULT_FIELDS, fault.kind)) {
    throw new RangeError(
      `Cannot add a fault of kind ${Deno.inspect(fault.kind)}: the kinds are ${
        Object.keys(FAULT_FIELDS).join(", ")
      }`,
    );
  }
  const known: readonly string[] = [
    "kind",
    // What is wrong with an object is so for every request.
    ...(Object.hasOwn(WAYS, fault.kind) ? ["key"] : MATCH_FIELDS),
    ...FAULT_FIELDS[fault.kind],
  ];
  for (const [name, value] of Object.entries(fault)) {
    if (!known.includes(name)) {
      throw new RangeError(
        `Cannot add fault '${fault.kind}': it does not take '${name}', only ${
          known.slice(1).join(", ")
        }`,
      );
    }
    if (value !== undefined && name !== "kind") {
      assertField(fault.kind, name, value);
    }
  }
  if (fault.kind === "status" && fault.status === undefined) {
    throw new RangeError("Cannot add fault 'status': it needs a status");
  }
}

function assertField(kind: string, name: string, value: unknown): void {
  const refuse = (expected: string) => {
    throw wrongValue(
      `${name} of fault '${kind}'`,
      expected,
      typeof value === "string" ? value : Deno.inspect(value),
    );
  };
  switch (name) {
    case "key":
    case "code":
      if (typeof value !== "string") refuse("a string");
      break;
    case "method":
      if (!METHODS.some((method) => method === value)) {
        refuse("GET, HEAD, PUT, POST or DELETE");
      }
      break;
    case "operation":
      if (!OPERATIONS.some((operation) => operation === value)) {
        refuse("get, head, list or write");
      }
      break;
    case "how": {
      const ways = WAYS[kind] ?? [];
      if (!ways.some((way) => way === value)) refuse(ways.join(", "));
      break;
    }
    case "before":
      assertIsoDate(value);
      break;
    case "status":
      if (!isCount(value) || value < 400 || value > 599) {
        refuse("a status from 400 to 599");
      }
      break;
    case "times":
    case "by":
      if (!isCount(value) || value < 1) refuse("an integer ≥ 1");
      break;
    case "after":
      if (!isCount(value) && !(kind === "stall" && value === "headers")) {
        refuse(
          kind === "stall" ? "an integer ≥ 0 or headers" : "an integer ≥ 0",
        );
      }
      break;
    default:
      if (!isCount(value)) refuse("an integer ≥ 0");
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
