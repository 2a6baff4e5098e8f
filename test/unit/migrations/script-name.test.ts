import { describe, expect, it } from 'vitest';
import { compareVersions, parseScriptName } from '../../../lambdas/migrations/script-name.ts';

describe('the name of a script', () => {
  it.each([
    ['V1__clinics.sql', { version: '1', description: 'clinics' }],
    ['V1_2__add_rooms.sql', { version: '1.2', description: 'add rooms' }],
    ['V1.2.10__x.sql', { version: '1.2.10', description: 'x' }],
    ['V20261231__two__parts.sql', { version: '20261231', description: 'two  parts' }],
    ['R__book_appointment.sql', { version: null, description: 'book appointment' }],
  ])('%s is parsed as in Flyway', (file, name) => {
    expect(parseScriptName(file)).toEqual(name);
  });

  it.each([
    'V1_clinics.sql',
    'v1__clinics.sql',
    'V__clinics.sql',
    'V1a__clinics.sql',
    'V1.__clinics.sql',
    'V1__.sql',
    'V1__clinics.SQL',
    'V1__clinics.sql.conf',
    'R1__book.sql',
    'U1__clinics.sql',
    'README.md',
    `V1__${'x'.repeat(201)}.sql`,
  ])('%s is invalid', (file) => {
    expect(parseScriptName(file)).toBeNull();
  });
});

describe('versions', () => {
  it('are ordered by their numbers', () => {
    const sorted = ['2', '1.10', '1', '1.2', '10', '1.2.1', '99999999999999999999'].sort(compareVersions);
    expect(sorted).toEqual(['1', '1.2', '1.2.1', '1.10', '2', '10', '99999999999999999999']);
  });

  it.each([
    ['1', '1.0'],
    ['1', '01'],
    ['1.2', '1.2.0.0'],
  ])('%s and %s are equal', (a, b) => {
    expect(compareVersions(a, b)).toBe(0);
  });
});
