import { updateFreeSlotIndexForRequest } from '../outbox/update-free-slot-index.ts';
import { type CommandOutcome, unwrapOrThrow } from '../shared/command-outcome.ts';
import type { HttpResponse } from '../shared/http/http-response.ts';
import type { RequestContext } from '../shared/http/operation-handler.ts';
import type { ScheduleDeps } from './schedule-deps.ts';

const PATH_FIELDS = ['doctorId', 'clinicId', 'exceptionId', 'slotId'];

/**
 * Publishes the slots that a change of a schedule has changed, and returns the response with what it has done. A dry run creates
 * nothing, so its status is 200.
 * @throws RefusalError if the outcome is a refusal
 */
export async function createScheduleResponse<Change extends object>(
  { db, index }: ScheduleDeps,
  outcome: CommandOutcome<Change>,
  isDryRun: boolean,
  { requestId }: RequestContext,
): Promise<HttpResponse> {
  await updateFreeSlotIndexForRequest(db, index, requestId);
  const { outcome: _, ...change } = unwrapOrThrow(outcome, {
    pathOf: (field) => (PATH_FIELDS.includes(field) ? `path.${field}` : `body.${field}`),
  });
  return { body: change, ...(isDryRun && { status: 200 }) };
}
