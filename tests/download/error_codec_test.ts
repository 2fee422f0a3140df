import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
} from "@std/assert";
import * as download from "../../src/download/mod.ts";
import {
  decodeError,
  encodeError,
} from "../../src/download/workers/error_codec.ts";

/** What an error is to those who catch it. */
function look(error: unknown): unknown {
  assertInstanceOf(error, Error);
  const { name, message, cause } = error;
  return {
    class: error.constructor,
    name,
    message,
    own: Object.fromEntries(
      Object.entries(error).filter(([field]) => field !== "cause"),
    ),
    hasCause: "cause" in error,
    cause: cause instanceof Error ? look(cause) : cause,
  };
}

/** An error that has been to another thread. */
function travelled(error: unknown): Error {
  return decodeError(structuredClone(encodeError(error)));
}

const CLASSES: (new (
  message: string,
  options?: download.DamagedAtSourceErrorOptions,
) => download.FlatbedError)[] = [
  download.NotFoundError,
  download.AccessDeniedError,
  download.CredentialsError,
  download.ThrottledError,
  download.TimedOutError,
  download.TransferError,
  download.ObjectChangedError,
  download.ObjectArchivedError,
  download.IntegrityError,
  download.DamagedAtSourceError,
  download.TooLargeError,
  download.ServiceError,
  download.LocalFileError,
  download.NoSpaceError,
  download.BucketRefusedError,
];

Deno.test("decodeError() makes the same error of every class", () => {
  for (const Class of CLASSES) {
    for (
      const error of [
        new Class("Cannot do it"),
        new Class("Cannot do it", { key: "a", status: 404 }),
        new Class("Cannot do it", {
          key: "a",
          status: 503,
          serviceCode: "SlowDown",
          retryAfter: 0,
        }),
        new Class("Cannot do it", { cause: new TypeError("because") }),
        new Class("Cannot do it", { cause: "a text" }),
        new Class("Cannot do it", { fault: "ends early", size: 1, etag: "a" }),
      ]
    ) {
      const copy = travelled(error);
      assertEquals(look(copy), look(error));
      assertInstanceOf(copy, Class);
      assertInstanceOf(copy, download.FlatbedError);
      assertEquals(copy.code, error.code);
    }
  }
});

Deno.test("decodeError() knows every error class of the room", () => {
  const exported = Object.values(download).filter((value) =>
    typeof value === "function" &&
    value.prototype instanceof download.FlatbedError
  );
  assertEquals(new Set<unknown>(exported), new Set<unknown>(CLASSES));
});

Deno.test("decodeError() makes the same error of JavaScript's and Deno's classes", () => {
  for (
    const error of [
      new TypeError("Cannot use it"),
      new RangeError("Cannot use it", { cause: new Error("why") }),
      new Error("Something"),
      new Deno.errors.NotCapable("Requires net access"),
    ]
  ) {
    assertEquals(look(travelled(error)), look(error));
  }
});

Deno.test("decodeError() keeps the name and the code of an error that is not known", () => {
  const error = new Deno.errors.AddrInUse("Address in use");
  Object.assign(error, { code: "EADDRINUSE" });
  const copy = travelled(error);
  assertEquals(copy.name, "AddrInUse");
  assertEquals(copy.message, "Address in use");
  assertEquals("code" in copy && copy.code, "EADDRINUSE");
});

Deno.test("encodeError() leaves out a code that cannot be posted", () => {
  const error = Object.assign(new Error("Odd"), { code: () => 1 });
  const copy = travelled(error);
  assertEquals([copy.message, "code" in copy], ["Odd", false]);
});

Deno.test("decodeError() is not misled by a name", () => {
  for (const name of ["constructor", "toString", "__proto__", ""]) {
    const error = new Error("Odd");
    error.name = name;
    const copy = travelled(error);
    assert(copy instanceof Error);
    assertEquals([copy.name, copy.message], [name, "Odd"]);
  }
});

Deno.test("encodeError() takes what is no error, and errors that cause themselves", () => {
  assertEquals(travelled("text").message, "text");
  assertEquals(travelled(undefined).message, "undefined");
  const error = new Error("round");
  error.cause = new Error("and round", { cause: error });
  const copy = travelled(error);
  assertEquals(copy.message, "round");
  assertFalse(copy.cause === undefined);
});
