import type { FreeSlotIndex } from '../availability/free-slot-index/free-slot-index.ts';
import type { RequestContext } from '../shared/http/operation-handler.ts';
import type { Db } from '../shared/sql.ts';

/** What the handlers of schedules depend on. */
export interface ScheduleDeps {
  readonly db: Db;
  /** @default - the relay updates the index within a minute */
  readonly index?: FreeSlotIndex;
}

/** Returns who calls, and in which request. */
export const toActor = ({ caller: { sub, groups }, requestId }: RequestContext) => ({ sub, groups, requestId });
