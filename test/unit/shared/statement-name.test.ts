import { expect, test } from 'vitest';
import { getStatementName } from '../../../lambdas/shared/statement-name.ts';

test.each([
  ['select answer, replayed\n     from book_appointment($1::text)', 'book_appointment'],
  ['select register_patient($1::text) as id', 'register_patient'],
  ['select min(specialization) as specialization\n  from doctors', 'doctors'],
  ['with asked as (select id from clinics where id = $1::uuid) select 1', 'clinics'],
  ['insert into outbox (kind) values ($1)', 'outbox'],
  ['begin', 'statement'],
])('%j is named %s', (text, name) => {
  expect(getStatementName(text)).toBe(name);
});
