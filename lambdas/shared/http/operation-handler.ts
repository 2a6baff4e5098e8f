import type { Operation, RouteTable } from '@medbook/contract/operation';
import type * as z from 'zod';
import type { Caller } from './caller.ts';
import type { HttpResponse } from './http-response.ts';

/** What a handler gets besides the request itself. */
export interface RequestContext {
  readonly requestId: string;
  /** Without a `sub` on public routes. */
  readonly caller: Caller;
}

/** The parsed parts of a request of an operation. */
export interface RequestOf<Of extends Operation> {
  readonly path: Parsed<Of['path']>;
  readonly query: Parsed<Of['query']>;
  readonly headers: Parsed<Of['headers']>;
  readonly body: Parsed<Of['body']>;
}

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : unknown;

/** Handles one operation. The status and the content type come from the contract unless the response has its own. */
export type OperationHandler<Deps, Of extends Operation> = (
  deps: Deps,
  request: RequestOf<Of>,
  context: RequestContext,
) => Promise<HttpResponse>;

/** A handler for each route of a table. */
export type Handlers<Deps, Table extends RouteTable> = {
  readonly [Key in keyof Table]: Table[Key] extends Operation ? OperationHandler<Deps, Table[Key]> : never;
};
