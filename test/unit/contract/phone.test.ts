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
    // Numbers of the demo data and the tests.
    ['+351210000001', '+351210000001'],
    ['+12125550102', '+12125550102'],
    ['+81355550103', '+81355550103'],
  ])('%j is normalized to %s', (written, normalized) => {
    expect(phone.parse(written)).toBe(normalized);
    expect(phone.parse(normalized)).toBe(normalized);
  });

  it.each([
    ['no country code', '211234567'],
    ['an international dialling prefix', '00351211234567'],
    ['an unknown country code', '+999123456789'],
    ['too short for its country', '+351 211'],
    ['too long for its country', '+3512112345678'],
    ['an unassigned number', '+1234567'],
    ['an extension', '+1 202 555 0100 ext. 5'],
    ['a URI', 'tel:+1-202-555-0100'],
    ['other words', 'call +1 202 555 0100'],
    ['two numbers', '+1 202 555 0100 / +1 202 555 0101'],
    ['NUL', '+1\0 202 555 0100'],
    ['an empty string', ''],
  ])('is refused with the expected format: %s', (_, written) => {
    const { error } = phone.safeParse(written);
    expect(error?.issues).toEqual([
      expect.objectContaining({ path: [], message: expect.stringContaining('with its country code') }),
    ]);
  });

  it.each([5, null, undefined, ['+351211234567'], '+'.repeat(41)])('is refused: %j', (written) => {
    expect(phone.safeParse(written).success).toBe(false);
  });
});
