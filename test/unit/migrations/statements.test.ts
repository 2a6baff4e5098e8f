import { describe, expect, it } from 'vitest';
import { canRunInTransaction, findStatementErrors, splitStatements } from '../../../lambdas/migrations/statements.ts';

describe('the statements of a script', () => {
  it.each([
    ['are split at semicolons', 'Select 1;\n\n  select\n 2 ;', ['select 1', 'select 2']],
    ['have no comments', 'select 1 -- one; two\n; /* a;\nb */ select 2', ['select 1', 'select 2']],
    ['have empty literals', "select 'a;b', 'it''s; so', e'\\';', \"odd;name\"", ["select '', '''', '', ''"]],
    ['ignore a comment mark in a string', "select '-- no', 1", ["select '', 1"]],
    [
      'have empty bodies',
      'do $$ begin; end; $$; create function f() as $f$ $$;$$ $f$',
      ["do ''", "create function f() as ''"],
    ],
    ['do not exist in a script of comments', '-- nothing;\n', []],
  ])('%s', (_, sql, statements) => {
    expect(splitStatements(sql)).toEqual(statements);
  });

  it.each([
    'create index concurrently a_b on a (b)',
    'CREATE UNIQUE\n  INDEX CONCURRENTLY a_b ON a (b);',
    '-- slow\ndrop index concurrently a_b',
    'vacuum analyze a',
    'create database other',
    'alter system set work_mem = 1',
    'reindex verbose schema public',
  ])('cannot run in a transaction: %s', (sql) => {
    expect(canRunInTransaction(splitStatements(sql))).toBe(false);
  });

  it.each([
    'create index a_b on a (b)',
    "select 'vacuum'",
    '-- vacuum\nselect 1',
    'do $$ begin\n vacuum a;\n end $$',
    'create table vacuums (id int)',
  ])('can run in a transaction: %s', (sql) => {
    expect(canRunInTransaction(splitStatements(sql))).toBe(true);
  });

  it.each([
    ['create index concurrently a_b on a (b); select 1', 'script of its own'],
    ['begin; select 1; commit', 'begins or ends a transaction'],
    ['select 1; rollback', 'begins or ends a transaction'],
    ['start transaction', 'begins or ends a transaction'],
    ['discard all', '`discard all`'],
  ])('are refused: %s', (sql, message) => {
    expect(findStatementErrors(splitStatements(sql)).join()).toContain(message);
  });

  it.each([
    'do $$ begin perform 1; end $$',
    'create function f() returns int begin atomic select 1; end',
    'savepoint a; select 1; rollback to savepoint a; rollback work to a',
    'create table commits (id int); select * from commits',
  ])('are accepted: %s', (sql) => {
    expect(findStatementErrors(splitStatements(sql))).toEqual([]);
  });
});
