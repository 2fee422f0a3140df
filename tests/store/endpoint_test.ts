import { assertEquals, assertThrows } from "@std/assert";
import {
  checkEndpoint,
  checkEndpointPath,
  isLoopback,
} from "../../src/store/endpoint.ts";

const EXPECTED = "expected a URL such as https://files.polygon.io";

Deno.test("checkEndpoint() says what may be meant where the scheme is missing", () => {
  const rows: [endpoint: string, wanted: string][] = [
    ["files.polygon.io", `${EXPECTED}; did you mean https://files.polygon.io?`],
    [
      "minio.firm:9000/s3",
      `${EXPECTED}; did you mean https://minio.firm:9000/s3?`,
    ],
    ["localhost:9000", `${EXPECTED}; did you mean http://localhost:9000?`],
    ["127.0.0.1:9000", `${EXPECTED}; did you mean http://127.0.0.1:9000?`],
    ["[::1]:9000", `${EXPECTED}; did you mean http://[::1]:9000?`],
    [
      "//files.polygon.io",
      `${EXPECTED}; did you mean https://files.polygon.io?`,
    ],
    [
      "htps://files.polygon.io",
      `${EXPECTED}; did you mean https://files.polygon.io?`,
    ],
    ['"https://files.polygon.io"', "remove the quotation marks"],
    ["", EXPECTED],
    ["files", EXPECTED],
    ["not an address", EXPECTED],
    [
      "me:made-up@files.polygon.io",
      EXPECTED,
    ],
  ];
  for (const [endpoint, wanted] of rows) {
    const { message } = assertThrows(
      () => checkEndpoint(endpoint, false),
      RangeError,
    );
    assertEquals(message.split(" as endpointUrl: ")[1], wanted, endpoint);
    assertEquals(message.includes("made-up"), false);
  }
});

Deno.test("checkEndpoint() takes blanks and line ends around an address", () => {
  assertEquals(
    checkEndpoint(" https://files.polygon.io\r\n", false).href,
    "https://files.polygon.io/",
  );
});

Deno.test("checkEndpointPath() refuses a path that ends in the bucket's name", () => {
  for (const path of ["flatfiles", "flatfiles/", "s3/flatfiles"]) {
    const without = `https://files.polygon.io${
      path.startsWith("s3") ? "/s3" : ""
    }`;
    assertThrows(
      () =>
        checkEndpointPath(
          new URL(`https://files.polygon.io/${path}`),
          "flatfiles",
        ),
      RangeError,
      `its path ends with the bucket's name, which is appended anyway; use ${without}`,
    );
  }
  for (const path of ["", "s3", "my-flatfiles", "flatfiles/s3"]) {
    checkEndpointPath(new URL(`https://files.polygon.io/${path}`), "flatfiles");
  }
});

Deno.test("isLoopback() knows this machine's names, and no name that only looks like one", () => {
  const machine = ["localhost", "127.0.0.1", "127.255.0.9", "[::1]"];
  const others = ["localhost.example", "127.example", "128.0.0.1", "[::2]"];
  for (const host of [...machine, ...others]) {
    assertEquals(
      isLoopback(new URL(`http://${host}:9000/`)),
      machine.includes(host),
      host,
    );
  }
});
