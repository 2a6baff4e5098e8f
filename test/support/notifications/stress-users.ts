import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { ChangeName, CommandResult } from '../../../lambdas/appointments/appointments.sql.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { bookForPatient, changeAppointment, createCommand } from '../clinic/booking-clients.ts';
import { insertAdmin, insertClinic, insertSlots } from '../clinic/insert-clinic.ts';
import type { TestDatabase } from '../database/test-database.ts';
import type { Random } from '../random.ts';

/** The patients of a stress test, with their actions and those of the staff. */
export interface StressUsers {
  /** Performs a random action, if possible. Returns the id of its request, whose outbox rows are not published yet. */
  performAction(): Promise<string | undefined>;
  /** The number of successful actions by name. */
  readonly actionCounts: Map<string, number>;
}

const ZONES = ['Europe/Lisbon', 'America/New_York', 'Asia/Kolkata'];
type Action =
  | 'book'
  | 'hold'
  | 'confirm'
  | 'renew'
  | 'cancel'
  | 'cancel by clinic'
  | 'reschedule'
  | 'complete'
  | 'change preferences';
// An action is drawn in proportion to its occurrences.
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
  'reschedule',
  'reschedule',
  'reschedule',
  'complete',
  'change preferences',
];
const HOLD_ACTIONS: readonly Action[] = ['confirm', 'renew'];

/** An appointment as of the last response. */
interface KnownAppointment {
  readonly id: string;
  readonly sub: string;
  readonly status: string;
  readonly startTime: string;
}

const byStart = (one: KnownAppointment, other: KnownAppointment) => one.startTime.localeCompare(other.startTime);

/**
 * Creates clinics in three time zones, one of them without a notification address, with free slots at all hours for `days` days from `start`
 * on, and `count` patients with random preferences.
 */
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
    if (action === 'change preferences') return void (await changePreferences(connections.owner, random, sub));
    if (action === 'book' || action === 'hold') {
      const result = await bookForPatient(db, sub, { slotId: random.pick(slots), hold: action === 'hold' });
      return recordResult(action, sub, result);
    }
    const candidates = [...appointments.values()].filter(
      ({ status }) => (HOLD_ACTIONS.includes(action) ? 'pending' : 'booked') === status,
    );
    // The earliest appointment may have ended, as `complete` requires. The latest hold has probably not expired.
    const earliest = action === 'complete' && candidates.toSorted(byStart)[0];
    const latest = HOLD_ACTIONS.includes(action) && candidates.at(-1);
    const chosen = earliest || latest || candidates[random.integer(0, candidates.length)];
    if (!chosen) return undefined;
    const isClinic = action === 'complete' || action === 'cancel by clinic';
    const command = isClinic ? { ...createCommand(admin), groups: ['admin'] } : createCommand(chosen.sub);
    const { name, request } = toChange(action);
    return recordResult(action, chosen.sub, await changeAppointment(db, command, name, chosen.id, request));
  }

  function toChange(action: Exclude<Action, 'book' | 'hold' | 'change preferences'>): {
    name: ChangeName;
    request: object;
  } {
    if (action === 'reschedule') return { name: action, request: { slotId: random.pick(slots) } };
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

/** Changes a patient's notification channels at random. */
async function changePreferences(owner: Db, random: Random, sub: string): Promise<void> {
  const preferences = [random.boolean(0.75), random.boolean(0.5), random.boolean(0.9)];
  await owner.query(
    'update patients set notify_by_email = $2, notify_by_sms = $3, notify_reminders = $4 where cognito_sub = $1',
    [sub, ...preferences],
  );
}
