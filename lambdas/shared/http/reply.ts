/** An answer before it is given the form of API Gateway. A `body` that is a string goes out as it is, anything else as JSON. */
export interface Reply {
  readonly body: unknown;
  readonly status?: number;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
