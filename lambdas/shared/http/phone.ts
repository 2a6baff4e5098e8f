import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import * as z from 'zod';

/**
 * A phone number as people write it, given in E.164: +12025550100 for +1 (202) 555-0100. It must begin with the country's code:
 * we know of nobody which country they mean. An extension is refused and not dropped: without it the number is another's.
 *
 * In a file of its own because the numbering plans of the world weigh 118 KB in each bundle that has it.
 */
export const phone = z
  .string()
  .trim()
  .max(40)
  .transform((written, context): string => {
    // A number only, and not the first that is found in some text.
    const number = parsePhoneNumberFromString(written.replace(CODE_IN_BRACKETS, '$1'), { extract: false });
    if (number?.isValid() && !number.ext) return number.number;
    context.addIssue({ code: 'custom', message: EXPECTED });
    return z.NEVER;
  })
  .meta({ description: 'It begins with the code of its country, and is kept in E.164.', example: '+351 211 234 567' });

// The library does not begin at a bracket.
const CODE_IN_BRACKETS = /^\((\+\d{1,3})\)/;
const EXPECTED = 'expected a phone number that can be called, with the code of its country, like +351 211 234 567';
