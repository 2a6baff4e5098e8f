import * as z from 'zod';

// PostgreSQL has no year 0. What is no time stops the check of the whole, because rules between fields count on dates.
const NOT_YEAR_ZERO = /^(?!0000)/;

/** An instant as it is asked for: RFC 3339 with any offset. */
export const instant = z.iso
  .datetime({
    offset: true,
    abort: true,
    error: 'expected an RFC 3339 time with an offset, like 2030-01-31T09:00:00Z (write + as %2B in a URL)',
  })
  .regex(NOT_YEAR_ZERO, { abort: true, error: 'expected a year from 0001 on' })
  .meta({ format: 'date-time', example: '2030-01-31T09:00:00Z' })
  .transform((text) => new Date(text));

/** An instant as it is given: UTC, whole seconds. */
export const utcInstant = z.string().meta({ format: 'date-time', example: '2030-01-31T09:00:00Z' });

/** A day without a time, in the clinic's own calendar. */
export const day = z.iso
  .date({ error: 'expected a date, like 2030-01-31' })
  .regex(NOT_YEAR_ZERO, 'expected a year from 0001 on');

export const id = z.guid({ error: 'expected a UUID' }).toLowerCase().meta({ format: 'uuid' });

/** Words of people. PostgreSQL stores neither NUL nor half of a surrogate pair. */
export const text = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxLength)
    .refine(
      (words) => words.isWellFormed() && !words.includes('\0'),
      'expected text without NUL and broken characters',
    );

export const name = text(200);
/** In lower case: Cognito does not tell addresses apart by it. */
export const email = z.email({ error: 'expected an e-mail address' }).max(254).toLowerCase();

/** How many consecutive slots of one doctor. */
export const slotCount = z.int().min(1).max(8);

/** ISO 4217. */
export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'expected an ISO 4217 code, like EUR')
  .meta({ example: 'EUR' });

export const money = z
  .object({ amount: z.int().meta({ description: 'In minor units.' }), currency: z.string().length(3) })
  .meta({ id: 'Money' });

const MAX_DAYS = 62;
const DAY_MILLISECONDS = 86_400_000;

/** The fields `from` (inclusive) and `to` (exclusive) of a query, and the rule that holds between them. */
export const span = { from: instant, to: instant };

/** Refuses a span that ends before it starts or is longer than 62 days. */
export function checkSpan(
  { from, to }: { from?: Date | undefined; to?: Date | undefined },
  context: z.RefinementCtx,
): void {
  if (!from || !to) return;
  if (from >= to) context.addIssue({ code: 'custom', path: ['from'], message: 'must be before `to`' });
  if (to.getTime() - from.getTime() > MAX_DAYS * DAY_MILLISECONDS) {
    context.addIssue({ code: 'custom', path: ['to'], message: `must be at most ${MAX_DAYS} days after \`from\`` });
  }
}
