import type { Db } from '../shared/sql.ts';

/**
 * Checks the bodies of the SQL functions in `public`. The scripts create them unchecked, because a function may be created before one
 * that it calls.
 * @throws one error that lists all functions that PostgreSQL refuses
 */
export async function checkFunctionBodies(db: Db): Promise<void> {
  const { rows } = await db.query<{ id: number; name: string }>(
    `select p.oid::integer as id, p.oid::regprocedure::text as name
     from pg_proc p
     join pg_language on pg_language.oid = p.prolang
     where pg_language.lanname = 'sql' and p.pronamespace = 'public'::regnamespace
       and not exists (select from pg_depend where pg_depend.objid = p.oid and pg_depend.deptype = 'e')
     order by name`,
  );
  const errors: string[] = [];
  for (const { id, name } of rows) {
    try {
      await db.query('select fmgr_sql_validator($1::oid)', [id]);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      errors.push(`${name}: ${error.message}`);
    }
  }
  if (errors.length > 0)
    throw new Error(['The scripts were applied, but these functions cannot run.', ...errors].join('\n- '));
}

/** Only SQLSTATE class 42 (syntax error or access rule violation) is a refusal of the body; a lost connection is not. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^42/.test(String(error.code));
}
