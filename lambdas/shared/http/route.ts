import * as z from 'zod';
import type { Fault, Refusal } from '../refusal.ts';
import { Refused } from '../refusal.ts';
import type { Caller } from './caller.ts';
import type { Reply } from './reply.ts';

/** The parts of a request as they arrive, before anything is believed. */
export interface RawRequest {
  readonly path: unknown;
  readonly query: unknown;
  readonly headers: unknown;
  readonly body: unknown;
}

/** What a route knows beside the request itself. */
export interface Context {
  readonly requestId: string;
  /** The caller of a route that is not public. */
  readonly caller: Caller;
}

interface Definition<Deps, Path, Query, Headers, Body> {
  /** One sentence for the description of the API. */
  readonly summary: string;
  readonly path?: z.ZodType<Path>;
  readonly query?: z.ZodType<Query>;
  readonly headers?: z.ZodType<Headers>;
  readonly body?: z.ZodType<Body>;
  readonly status?: 200 | 201;
  readonly response: z.ZodType;
  readonly contentType?: string;
  /** The headers of the answer that mean something to a program, for the description of the API. */
  readonly responseHeaders?: z.ZodObject;
  /** How it can refuse, beside what every route can. */
  readonly refusals?: readonly Refusal[];
  handle(
    deps: Deps,
    request: { path: Path; query: Query; headers: Headers; body: Body },
    context: Context,
  ): Promise<Reply>;
}

/** One route: its schemas, for the request and for the description of the API, and what it does. */
export interface Route<Deps> extends Omit<Definition<Deps, unknown, unknown, unknown, unknown>, 'handle'> {
  run(deps: Deps, request: RawRequest, context: Context): Promise<Reply>;
}

const NOTHING = z.strictObject({});

/** Makes a route that checks all parts of a request together, so that a caller hears of every fault at once. */
export function route<Deps, Path = unknown, Query = unknown, Headers = unknown, Body = unknown>(
  definition: Definition<Deps, Path, Query, Headers, Body>,
): Route<Deps> {
  const { handle, ...description } = definition;
  const parts = {
    path: definition.path ?? z.unknown(),
    query: definition.query ?? NOTHING,
    headers: definition.headers ?? z.unknown(),
    body: definition.body ?? z.unknown(),
  };
  const schema = z.object(parts) as unknown as z.ZodType<{ path: Path; query: Query; headers: Headers; body: Body }>;
  return {
    ...description,
    async run(deps, raw, context) {
      const parsed = schema.safeParse(raw);
      if (!parsed.success) {
        throw new Refused('invalid_request', 'The request is not valid.', {
          faults: parsed.error.issues.flatMap(faultsOf),
        });
      }
      const reply = await handle(deps, parsed.data, context);
      return { status: definition.status ?? 200, contentType: definition.contentType, ...reply };
    },
  };
}

function faultsOf(issue: z.core.$ZodIssue): readonly Fault[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path.join('.'), message: issue.message }];
  return issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'is not known here' }));
}
