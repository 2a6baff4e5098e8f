import * as z from 'zod';

// PostgreSQL has no year 0. `abort` stops further checks, because rules between fields need valid dates.
const NOT_YEAR_ZERO = /^(?!0000)/;

/** An instant in a request: RFC 3339 with any offset. Parsed to a `Date`. */
export const instant = z.iso
  .datetime({
    offset: true,
    abort: true,
    error: 'expected an RFC 3339 time with an offset, like 2030-01-31T09:00:00Z (write + as %2B in a URL)',
  })
  .regex(NOT_YEAR_ZERO, { abort: true, error: 'expected a year from 0001 on' })
  .meta({ format: 'date-time', example: '2030-01-31T09:00:00Z' })
  .transform((text) => new Date(text));

/** An instant in a response: UTC, whole seconds. */
export const utcInstant = z.string().meta({ format: 'date-time', example: '2030-01-31T09:00:00Z' });

/** A calendar date without a time, in the clinic's time zone. */
export const localDate = z.iso
  .date({ error: 'expected a date, like 2030-01-31' })
  .regex(NOT_YEAR_ZERO, 'expected a year from 0001 on');

/** A UUID, in lower case. */
export const id = z.guid({ error: 'expected a UUID' }).toLowerCase().meta({ format: 'uuid' });

/** Free text, trimmed and not empty. PostgreSQL stores neither NUL nor half a surrogate pair. */
export const text = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxLength)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), 'expected text without NUL or broken characters');

/** The name of a person or a clinic. */
export const name = text(200);
/** An email address, in lower case because Cognito ignores the case. */
export const email = z.email({ error: 'expected an email address' }).max(254).toLowerCase();

/** The medical field of a doctor, as the clinic writes it. */
export const specialization = text(100).meta({ example: 'Cardiology' });

/** The length of a doctor's slots. */
export const slotMinutes = z.int().min(5).max(240);

/** How many patients a doctor sees at the same time. */
export const capacity = z.int().min(1).max(50);

/** A number of consecutive slots of one doctor. */
export const slotCount = z.int().min(1).max(8);

/** An ISO 4217 code. */
export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'expected an ISO 4217 code, like EUR')
  .meta({ example: 'EUR' });

/** An amount of money in a response. */
export const money = z
  .object({ amount: z.int().meta({ description: 'In minor units.' }), currency: z.string().length(3) })
  .meta({ id: 'Money' });

const MAX_DAYS = 62;
const DAY_MILLISECONDS = 86_400_000;

/** The query fields `from` (inclusive) and `to` (exclusive). Check them together with `checkTimeRange`. */
export const timeRange = { from: instant, to: instant };

/** Rejects a time range that ends before it starts or is longer than 62 days. */
export function checkTimeRange(
  { from, to }: { from?: Date | undefined; to?: Date | undefined },
  context: z.RefinementCtx,
): void {
  if (!from || !to) return;
  if (from >= to) context.addIssue({ code: 'custom', path: ['from'], message: 'must be before `to`' });
  if (to.getTime() - from.getTime() > MAX_DAYS * DAY_MILLISECONDS) {
    context.addIssue({ code: 'custom', path: ['to'], message: `must be at most ${MAX_DAYS} days after \`from\`` });
  }
}
