import { afterAll, beforeAll, it } from 'vitest';
import { liveThrough } from '../support/life/life.ts';
import { type Databases, openDatabases } from '../support/life/real-clinic.ts';

let databases: Databases;

beforeAll(async () => {
  databases = await openDatabases();
});

afterAll(async () => {
  await databases.owner.end();
  await databases.database.drop();
});

it('appointments live as the model says, in fifty clinics', () => liveThrough(databases, 50));
