import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { ChangeName, CommandResult } from '../../../lambdas/appointments/appointments.sql.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { bookForPatient, changeAppointment, createCommand } from '../clinic/booking-clients.ts';
import { insertAdmin, insertClinic, insertSlots } from '../clinic/insert-clinic.ts';
import type { TestDatabase } from '../database/test-database.ts';
import type { Random } from '../random.ts';

/** Patients of a storm, and what they and the staff do. */
export interface StressUsers {
  /** Lets somebody do something, if they can. Answers the request that did it, of which nobody has been told. */
  performAction(): Promise<string | undefined>;
  /** How often what was done, by its name. */
  readonly actionCounts: Map<string, number>;
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
const HOLD_ACTIONS: readonly Action[] = ['confirm', 'renew'];

/** An appointment as its last answer had it. */
interface KnownAppointment {
  readonly id: string;
  readonly sub: string;
  readonly status: string;
  readonly startTime: string;
}

const byStart = (one: KnownAppointment, other: KnownAppointment) => one.startTime.localeCompare(other.startTime);

/** Clinics in three zones, one of which wants no mail, with free times for so many days from `start` on, at all hours, and patients of every wish. */
export async function createStressUsers(
  database: TestDatabase,
  owner: pg.Client,
  random: Random,
  start: Date,
  days: number,
  count: number,
): Promise<StressUsers> {
  const clients = Array.from({ length: 4 }, () => database.connectAs('patient_api'));
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
  const connections = { owner: database.connectAs('postgres'), signUps: database.connectAs('post_confirmation') };
  const subs: string[] = [];
  for (let place = 0; place < count; place += 1) subs.push(await registerPatient(connections, random, place));
  const appointments = new Map<string, KnownAppointment>();
  const actionCounts = new Map<string, number>();
  const busy = new Set<Db>();

  return {
    actionCounts,
    async performAction() {
      const client = clients.find((one) => !busy.has(one));
      if (!client) return undefined;
      busy.add(client);
      try {
        return await performActionOn(client);
      } finally {
        busy.delete(client);
      }
    },
  };

  async function performActionOn(db: Db): Promise<string | undefined> {
    const action = random.pick(ACTIONS);
    const sub = random.pick(subs);
    if (action === 'wish') return void (await changePreferences(connections.owner, random, sub));
    if (action === 'book' || action === 'hold') {
      const result = await bookForPatient(db, sub, { slotId: random.pick(slots), hold: action === 'hold' });
      return recordResult(action, sub, result);
    }
    const candidates = [...appointments.values()].filter(
      ({ status }) => (HOLD_ACTIONS.includes(action) ? 'pending' : 'booked') === status,
    );
    // The earliest is the one that may be over, the latest the hold that is not.
    const earliest = action === 'complete' && candidates.toSorted(byStart)[0];
    const latest = HOLD_ACTIONS.includes(action) && candidates.at(-1);
    const chosen = earliest || latest || candidates[random.integer(0, candidates.length)];
    if (!chosen) return undefined;
    const isClinic = action === 'complete' || action === 'cancel by clinic';
    const command = isClinic ? { ...createCommand(admin), groups: ['admin'] } : createCommand(chosen.sub);
    const { name, request } = toChange(action);
    return recordResult(action, chosen.sub, await changeAppointment(db, command, name, chosen.id, request));
  }

  function toChange(action: Exclude<Action, 'book' | 'hold' | 'wish'>): {
    name: ChangeName;
    request: object;
  } {
    if (action === 'move') return { name: 'reschedule', request: { slotId: random.pick(slots) } };
    if (action === 'cancel by clinic') return { name: 'cancel', request: { reason: 'ill' } };
    return { name: action, request: {} };
  }

  function recordResult(action: Action, sub: string, { result, requestId }: CommandResult): string | undefined {
    if (result.outcome !== 'done') return undefined;
    actionCounts.set(action, (actionCounts.get(action) ?? 0) + 1);
    const { id, status, startTime } = result.appointment;
    appointments.set(id, { id, sub, status, startTime });
    return requestId;
  }
}

interface RegistrationConnections {
  readonly owner: Db;
  readonly signUps: Db;
}

async function registerPatient(
  { owner, signUps }: RegistrationConnections,
  random: Random,
  place: number,
): Promise<string> {
  const sub = randomUUID();
  const simulated = random.boolean(0.12)
    ? `${random.pick(['bounce', 'complaint'])}+${place}@simulator.amazonses.com`
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
    random.pick(['en', 'es', 'pt', null]),
  ]);
  await changePreferences(owner, random, sub);
  return sub;
}

/** Over which channels a patient wants to be told, as of now. */
async function changePreferences(owner: Db, random: Random, sub: string): Promise<void> {
  const wants = [random.boolean(0.75), random.boolean(0.5), random.boolean(0.9)];
  await owner.query(
    'update patients set notify_by_email = $2, notify_by_sms = $3, notify_reminders = $4 where cognito_sub = $1',
    [sub, ...wants],
  );
}
