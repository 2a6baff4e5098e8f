/** A response before it is converted to API Gateway's form. A `body` that is a string is sent as it is, any other as JSON. */
export interface HttpResponse {
  readonly body: unknown;
  readonly status?: number;
  readonly contentType?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}
