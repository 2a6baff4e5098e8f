import type { InterceptPoint } from '../proxy/tcp-proxy.ts';

/** The servers that the appointment functions connect to. */
export type IndexDependency = 'database' | 'cache' | 'queue';

interface NamedPoint {
  readonly name: string;
  readonly dependency: IndexDependency;
  readonly moment: InterceptPoint['moment'];
}

/** The argument that names the operation, in Redis's protocol. */
const INDEX_UPDATE = '\r\napply\r\n';

/** A moment at which a function that handles a patient's request is killed. */
export interface RequestPoint extends NamedPoint {
  /** @default - the text of the command's SQL statement */
  readonly requestContains?: string;
  /** The expected effects on the database and the index at that moment. @default - both are possible */
  readonly isCommitted?: boolean;
  readonly isIndexed?: boolean;
}

export const REQUEST_POINTS: readonly RequestPoint[] = [
  {
    name: 'before the statement',
    dependency: 'database',
    moment: 'before-request',
    isCommitted: false,
    isIndexed: false,
  },
  { name: 'during the statement', dependency: 'database', moment: 'after-request' },
  { name: 'after the commit', dependency: 'database', moment: 'before-response', isCommitted: true, isIndexed: false },
  {
    name: 'before updating the index',
    dependency: 'cache',
    moment: 'before-request',
    requestContains: INDEX_UPDATE,
    isCommitted: true,
    isIndexed: false,
  },
  {
    name: 'while updating the index',
    dependency: 'cache',
    moment: 'after-request',
    requestContains: INDEX_UPDATE,
    isCommitted: true,
  },
  {
    name: 'after updating the index',
    dependency: 'cache',
    moment: 'before-response',
    requestContains: INDEX_UPDATE,
    isCommitted: true,
    isIndexed: true,
  },
  {
    name: 'before enqueueing',
    dependency: 'queue',
    moment: 'before-request',
    requestContains: 'SendMessage',
    isCommitted: true,
  },
  {
    name: 'after enqueueing',
    dependency: 'queue',
    moment: 'before-response',
    requestContains: 'SendMessage',
    isCommitted: true,
  },
];

/** A moment at which the relay is killed. */
export interface RelayPoint extends NamedPoint {
  readonly requestContains: string;
}

export const RELAY_POINTS: readonly RelayPoint[] = [
  {
    name: 'relay, before updating the index',
    dependency: 'cache',
    moment: 'before-request',
    requestContains: INDEX_UPDATE,
  },
  {
    name: 'relay, after updating the index',
    dependency: 'cache',
    moment: 'before-response',
    requestContains: INDEX_UPDATE,
  },
  {
    name: 'relay, before marking the rows',
    dependency: 'database',
    moment: 'before-request',
    requestContains: 'mark_indexed(',
  },
  {
    name: 'relay, after marking the rows',
    dependency: 'database',
    moment: 'before-response',
    requestContains: 'mark_indexed(',
  },
];
