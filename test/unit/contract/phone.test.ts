import { phone } from '@medbook/contract/phone';
import { describe, expect, it } from 'vitest';

describe('a phone number', () => {
  it.each([
    ['+351211234567', '+351211234567'],
    ['+1 202-555-0100', '+12025550100'],
    ['+1 (202) 555 0100', '+12025550100'],
    ['+1.202.555.0100', '+12025550100'],
    ['(+44) (0)20 7946 0958', '+442079460958'],
    ['  +49 1512 3456789\n', '+4915123456789'],
    ['+800 1234 5678', '+80012345678'],
    // Those of the demo data and of the tests.
    ['+351210000001', '+351210000001'],
    ['+12125550102', '+12125550102'],
    ['+81355550103', '+81355550103'],
  ])('%j is kept as %s', (written, kept) => {
    expect(phone.parse(written)).toBe(kept);
    expect(phone.parse(kept)).toBe(kept);
  });

  it.each([
    ['no country', '211234567'],
    ["a country's way to dial abroad", '00351211234567'],
    ['a country that is none', '+999123456789'],
    ['too short for its country', '+351 211'],
    ['too long for its country', '+3512112345678'],
    ['nobody has it', '+1234567'],
    ['an extension', '+1 202 555 0100 ext. 5'],
    ['a URI', 'tel:+1-202-555-0100'],
    ['other words', 'call +1 202 555 0100'],
    ['two numbers', '+1 202 555 0100 / +1 202 555 0101'],
    ['NUL', '+1\0 202 555 0100'],
    ['nothing', ''],
  ])('is refused, with what was expected: %s', (_, written) => {
    const { error } = phone.safeParse(written);
    expect(error?.issues).toEqual([
      expect.objectContaining({ path: [], message: expect.stringContaining('with its country code') }),
    ]);
  });

  it.each([5, null, undefined, ['+351211234567'], '+'.repeat(41)])('is refused: %j', (written) => {
    expect(phone.safeParse(written).success).toBe(false);
  });
});
