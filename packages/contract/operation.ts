import type * as z from 'zod';
import type { Access } from './access.ts';
import type { RefusalCode } from './refusals.ts';

/** The groups of operations in the documentation. */
export const TAGS = {
  Appointments: 'Book, read and change appointments.',
  Availability: 'Find free times and slots.',
  Clinics: 'Clinics and their booking policies.',
  Doctors: 'Doctors and their specializations.',
  Schedules: 'Working hours of doctors and their slots.',
  Account: 'The profile of the signed-in user.',
  Notifications: 'Unsubscribe from emails.',
  System: 'The state and the description of the API.',
} as const;
/** The name of a group of operations. */
export type Tag = keyof typeof TAGS;

/** The method and path of a route, exactly as API Gateway names them. */
export type RouteKey = `${'GET' | 'POST' | 'PATCH' | 'DELETE'} /${string}`;

/** One route of the HTTP contract: who may call it, its request and its response. */
export interface Operation {
  /** Unique: the `operationId` in OpenAPI, the name of the method in clients. */
  readonly id: string;
  readonly tag: Tag;
  /** One sentence. */
  readonly summary: string;
  readonly access: Access;
  readonly path?: z.ZodObject;
  readonly query?: z.ZodType;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Bodies that show typical uses, by a short name. */
  readonly examples?: Readonly<Record<string, object>>;
  /** @default 200 */
  readonly status?: 200 | 201;
  readonly response: z.ZodType;
  /** @default 'application/json' */
  readonly contentType?: string;
  readonly responseHeaders?: z.ZodObject;
  /** The refusals of this route, besides those that every route has. */
  readonly refusals?: readonly RefusalCode[];
}

/** The routes of one function. */
export type RouteTable = Readonly<Record<RouteKey, Operation>>;
