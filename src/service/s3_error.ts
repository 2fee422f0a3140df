import { document, element } from "./xml.ts";

/** What an {@linkcode S3Error} carries besides its code and message. */
export interface S3ErrorDetails {
  /** Further elements of the XML body. */
  fields?: Readonly<Record<string, string | number>>;
  /** Headers of the answer. */
  headers?: Readonly<Record<string, string>>;
}

/** An answer of the service that is an error, with S3's own code. */
export class S3Error extends Error {
  override name = "S3Error";
  /** The HTTP status. */
  readonly status: number;
  /** S3's name of the error, such as `NoSuchKey`. */
  readonly code: string;
  /** Further elements of the XML body. */
  readonly fields: Readonly<Record<string, string | number>>;
  /** Headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;

  /** Makes an error answer. */
  constructor(
    status: number,
    code: string,
    message: string,
    { fields = {}, headers = {} }: S3ErrorDetails = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
    this.headers = headers;
  }

  /** The body of the answer. */
  toXml(resource: string, requestId: string): string {
    const fields = Object.entries({
      Code: this.code,
      Message: this.message,
      ...this.fields,
      Resource: resource,
      RequestId: requestId,
    });
    return document(
      "Error",
      fields.map(([name, value]) => element(name, value)).join(""),
    );
  }
}
