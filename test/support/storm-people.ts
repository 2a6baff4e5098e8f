import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { ChangeName, CommandAnswer } from '../../lambdas/appointments/appointments.sql.ts';
import type { Db } from '../../lambdas/shared/sql.ts';
import type { Chance } from './chance.ts';
import { book, change, commandOf } from './clients.ts';
import { insertAdmin, insertClinic, insertSlots } from './clinic.ts';
import type { TestDatabase } from './postgres.ts';

/** Patients of a storm, and what they and the staff do. */
export interface StormPeople {
  /** Lets somebody do something, if they can. Answers the request that did it, of which nobody has been told. */
  act(): Promise<string | undefined>;
  /** How often what was done, by its name. */
  readonly done: Map<string, number>;
}

const ZONES = ['Europe/Lisbon', 'America/New_York', 'Asia/Kolkata'];
type Action = 'book' | 'hold' | 'confirm' | 'renew' | 'cancel' | 'cancel by clinic' | 'move' | 'complete' | 'wish';
// As often as they are named.
const ACTIONS: readonly Action[] = [
  'book',
  'book',
  'hold',
  'hold',
  'confirm',
  'confirm',
  'renew',
  'cancel',
  'cancel by clinic',
  'move',
  'move',
  'move',
  'complete',
  'wish',
];
const HOLDS: readonly Action[] = ['confirm', 'renew'];

/** An appointment as its last answer had it. */
interface Known {
  readonly id: string;
  readonly sub: string;
  readonly status: string;
  readonly startTime: string;
}

const byStart = (one: Known, other: Known) => one.startTime.localeCompare(other.startTime);

/** Clinics in three zones, one of which wants no mail, with free times for so many days from `start` on, at all hours, and patients of every wish. */
export async function gatherPeople(
  database: TestDatabase,
  owner: pg.Client,
  chance: Chance,
  start: Date,
  days: number,
  count: number,
): Promise<StormPeople> {
  const clients = Array.from({ length: 4 }, () => database.as('patient_api'));
  const slots: string[] = [];
  for (const [place, timeZone] of ZONES.entries()) {
    const clinic = await insertClinic(owner, {
      doctors: 3,
      timeZone,
      horizonDays: 366,
      holdsPerPatient: 3,
      holdSeconds: 600,
    });
    await owner.query('update clinics set notification_email = $2, language = $3 where id = $1', [
      clinic.clinicId,
      place === 2 ? null : `desk-${place}@example.com`,
      ['en', 'es', 'pt'][place],
    ]);
    slots.push(...(await insertSlots(owner, clinic, start, 48 * days)));
  }
  const admin = await insertAdmin(owner);
  const registry = { owner: database.as('postgres'), signUps: database.as('post_confirmation') };
  const subs: string[] = [];
  for (let place = 0; place < count; place += 1) subs.push(await register(registry, chance, place));
  const appointments = new Map<string, Known>();
  const done = new Map<string, number>();
  const busy = new Set<Db>();

  return {
    done,
    async act() {
      const client = clients.find((one) => !busy.has(one));
      if (!client) return undefined;
      busy.add(client);
      try {
        return await actOn(client);
      } finally {
        busy.delete(client);
      }
    },
  };

  async function actOn(db: Db): Promise<string | undefined> {
    const action = chance.of(ACTIONS);
    const sub = chance.of(subs);
    if (action === 'wish') return void (await wish(registry.owner, chance, sub));
    if (action === 'book' || action === 'hold') {
      const answer = await book(db, sub, { slotId: chance.of(slots), hold: action === 'hold' });
      return noted(action, sub, answer);
    }
    const candidates = [...appointments.values()].filter(
      ({ status }) => (HOLDS.includes(action) ? 'pending' : 'booked') === status,
    );
    // The earliest is the one that may be over, the latest the hold that is not.
    const earliest = action === 'complete' && candidates.toSorted(byStart)[0];
    const latest = HOLDS.includes(action) && candidates.at(-1);
    const chosen = earliest || latest || candidates[chance.whole(0, candidates.length)];
    if (!chosen) return undefined;
    const isClinic = action === 'complete' || action === 'cancel by clinic';
    const command = isClinic ? { ...commandOf(admin), groups: ['admin'] } : commandOf(chosen.sub);
    const { name, wish: asked } = changeOf(action);
    return noted(action, chosen.sub, await change(db, command, name, chosen.id, asked));
  }

  function changeOf(action: Exclude<Action, 'book' | 'hold' | 'wish'>): { name: ChangeName; wish: object } {
    if (action === 'move') return { name: 'reschedule', wish: { slotId: chance.of(slots) } };
    if (action === 'cancel by clinic') return { name: 'cancel', wish: { reason: 'ill' } };
    return { name: action, wish: {} };
  }

  function noted(action: Action, sub: string, { answer, requestId }: CommandAnswer): string | undefined {
    if (answer.outcome !== 'done') return undefined;
    done.set(action, (done.get(action) ?? 0) + 1);
    const { id, status, startTime } = answer.appointment;
    appointments.set(id, { id, sub, status, startTime });
    return requestId;
  }
}

interface Registry {
  readonly owner: Db;
  readonly signUps: Db;
}

async function register({ owner, signUps }: Registry, chance: Chance, place: number): Promise<string> {
  const sub = randomUUID();
  const simulated = chance.is(0.12)
    ? `${chance.of(['bounce', 'complaint'])}+${place}@simulator.amazonses.com`
    : undefined;
  const phone = `+35191${String(place).padStart(7, '0')}`;
  await signUps.query('select register_patient($1, $2, $3, $4)', [
    sub,
    'Patient',
    simulated ?? `${sub}@example.com`,
    phone,
  ]);
  await owner.query('update patients set language = $2 where cognito_sub = $1', [
    sub,
    chance.of(['en', 'es', 'pt', null]),
  ]);
  await wish(owner, chance, sub);
  return sub;
}

/** Over which channels a patient wants to be told, as of now. */
async function wish(owner: Db, chance: Chance, sub: string): Promise<void> {
  const wants = [chance.is(0.75), chance.is(0.5), chance.is(0.9)];
  await owner.query(
    'update patients set notify_by_email = $2, notify_by_sms = $3, notify_reminders = $4 where cognito_sub = $1',
    [sub, ...wants],
  );
}
