import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import * as z from 'zod';

/**
 * A phone number as people write it, parsed to E.164: `+1 (202) 555-0100` becomes `+12025550100`. The country code is required, because
 * the country is not known otherwise. An extension is rejected: without it the number reaches someone else.
 *
 * In its own file because libphonenumber-js adds 118 KB to each bundle that imports it.
 */
export const phone = z
  .string()
  .trim()
  .max(40)
  .transform((input, context): string => {
    // `extract: false` rejects text around the number.
    const number = parsePhoneNumberFromString(input.replace(CODE_IN_BRACKETS, '$1'), { extract: false });
    if (number?.isValid() && !number.ext) return number.number;
    context.addIssue({ code: 'custom', message: EXPECTED });
    return z.NEVER;
  })
  .meta({ description: 'With the country code. Stored in E.164.', example: '+351 211 234 567' });

// The library does not accept a leading bracket.
const CODE_IN_BRACKETS = /^\((\+\d{1,3})\)/;
const EXPECTED = 'expected a valid phone number with its country code, like +351 211 234 567';
