import { afterAll, beforeAll, it } from 'vitest';
import { type Databases, openDatabases } from '../support/lifecycle/real-clinic.ts';
import { runLifecycles } from '../support/lifecycle/run-lifecycles.ts';

let databases: Databases;

beforeAll(async () => {
  databases = await openDatabases();
});

afterAll(async () => {
  await databases.owner.end();
  await databases.database.drop();
});

it('appointments have the states of the model, in 15 clinics', () => runLifecycles(databases, 15));
