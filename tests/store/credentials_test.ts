import { assertEquals, assertFalse, assertThrows } from "@std/assert";
import { checkCredentials } from "../../src/store/credentials.ts";

const SECRET = "a/made+up=secret";

Deno.test("checkCredentials() leaves out blanks, line ends and invisible characters around each part", () => {
  for (
    const [before, after] of [
      ["", "\r"],
      ["", "\r\n"],
      [" ", "\n"],
      ["\ufeff", ""],
      ["", "\u00a0"],
      ["\u200b", "\u2060\t"],
      ["\u202a", "\u202c"],
      ["", "\u0000"],
    ]
  ) {
    const around = (value: string) => `${before}${value}${after}`;
    assertEquals(
      checkCredentials({
        accessKeyId: around("id"),
        secretAccessKey: around(SECRET),
        sessionToken: around("token"),
      }),
      { accessKeyId: "id", secretAccessKey: SECRET, sessionToken: "token" },
    );
  }
});

Deno.test("checkCredentials() says what is wrong with a part, and shows none of it", () => {
  const rows: [value: string, wanted: string][] = [
    ["", "it is empty"],
    ["\ufeff\r\n", "it is empty"],
    [`"${SECRET}"`, "it is in quotation marks: remove them"],
    [`'${SECRET}'\r\n`, "it is in quotation marks: remove them"],
    [`\u201c${SECRET}\u201d`, "it is in quotation marks: remove them"],
    [`${SECRET}\r\n${SECRET}`, "it contains a line break"],
    [
      `${SECRET}\u00a0${SECRET}`,
      "it contains a space or an invisible character (U+00A0): copy it again",
    ],
    [
      `${SECRET}\u200b${SECRET}`,
      "it contains a space or an invisible character (U+200B): copy it again",
    ],
    [`${SECRET}ü`, "it contains a character that is not ASCII: copy it again"],
  ];
  for (const [value, wanted] of rows) {
    for (const part of ["accessKeyId", "secretAccessKey", "sessionToken"]) {
      const { message } = assertThrows(
        () =>
          checkCredentials({
            accessKeyId: "id",
            secretAccessKey: "made-up",
            [part]: value,
          }),
        RangeError,
      );
      assertEquals(message, `Cannot use this ${part}: ${wanted}`);
      assertFalse(message.includes(SECRET));
    }
  }
});
