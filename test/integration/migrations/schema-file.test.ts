import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { readSchema } from '../../../local/postgres/schema.sql.ts';
import { createDatabase } from '../../support/database/test-database.ts';

const read = (file: string) => readFile(new URL(`../../../${file}`, import.meta.url), 'utf8');

it('migrations/schema.sql equals the schema that the scripts create', async () => {
  const database = await createDatabase();
  const db = await database.connect();
  try {
    const schema = await readSchema(db);
    expect(await read('migrations/schema.sql'), 'It is outdated: run `npm run schema` and commit the result.').toBe(
      schema,
    );
  } finally {
    await db.end();
    await database.drop();
  }
});

it('Flyway reads only the folders of scripts, as our migrator does', async () => {
  const lines = (await read('flyway.conf')).split('\n');
  expect(lines.filter((line) => line.startsWith('flyway.locations'))).toEqual([
    'flyway.locations=filesystem:migrations/*',
  ]);
});
