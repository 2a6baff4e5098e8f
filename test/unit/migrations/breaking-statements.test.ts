import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listBreakingStatements } from '../../support/database/breaking-statements.ts';

const FOLDER = join(import.meta.dirname, '../../../migrations');
const scripts = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\/[VR].*\.sql$/.test(file),
);

describe('a migration does not break the previous release', () => {
  test.each(scripts)('%s', (file) => {
    expect(listBreakingStatements(readFileSync(join(FOLDER, file), 'utf8'))).toEqual([]);
  });
});

test.each([
  'drop table patients',
  'drop function if exists book_appointment(uuid)',
  'DROP INDEX patients_email',
  'truncate outbox',
  'delete from patients where email is null',
  'alter table patients drop column phone',
  'alter table patients drop phone',
  'alter table only patients drop constraint patients_email',
  'alter table patients alter column phone drop default',
  'alter table patients rename column phone to telephone',
  'alter table patients rename to people',
  "alter type status rename value 'free' to 'open'",
  'alter table patients set schema old',
  'alter table patients alter column phone type varchar(20)',
  'alter table patients alter phone set data type text',
  'alter table patients alter column phone set not null',
  'alter table patients add column sex text not null',
  'alter table patients add nick text, add sex text not null',
  "alter table patients add constraint patients_phone check (phone <> '')",
  'alter table patients add unique (phone)',
  'revoke select on patients from patient_api',
  'create table rooms (id uuid); alter table patients drop column phone',
])('refuses: %s', (sql) => {
  expect(listBreakingStatements(`${sql};`)).toHaveLength(1);
});

test.each([
  'create table rooms (id uuid primary key, name text not null)',
  'create table rooms (id uuid); alter table rooms add constraint rooms_id unique (id)',
  'alter table patients add column nick text',
  "alter table patients add column sex text not null default ''",
  'alter table patients alter column phone drop not null',
  'alter table patients alter column phone set default null',
  'create index concurrently patients_phone on patients (phone)',
  'create function f() returns void language sql as $$ delete from patients; $$',
  "insert into notes (text) values ('drop table patients; truncate patients')",
  '-- drop table patients',
  'revoke execute on function f() from public',
])('allows: %s', (sql) => {
  expect(listBreakingStatements(`${sql};`)).toEqual([]);
});

describe('the marker', () => {
  test('allows only the next statement', () => {
    const sql = '-- medbook:contract nothing has read it since release 12\nalter table patients drop column phone;\n';
    expect(listBreakingStatements(sql)).toEqual([]);
    expect(listBreakingStatements(`${sql}drop table rooms;`)).toEqual(['drop table rooms']);
  });

  test.each([
    '-- medbook:contract\ndrop table rooms;',
    '-- medbook:contract   \ndrop table rooms;',
    'drop table rooms; -- medbook:contract too late',
  ])('needs a reason and must precede the statement: %j', (sql) => {
    expect(listBreakingStatements(sql)).toEqual(['drop table rooms']);
  });
});
