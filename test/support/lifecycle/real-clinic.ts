import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { expireHoldBatch, readAppointments } from '../../../lambdas/appointments/appointments.sql.ts';
import { listFreeSlots } from '../../../lambdas/availability/availability.sql.ts';
import { readSchedule } from '../../../lambdas/schedules/schedules.sql.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { insertAdmin, insertClinic, insertPatients, insertSlots } from '../clinic/insert-clinic.ts';
import { createTestActor, type TestActor } from '../clinic/test-actor.ts';
import { replaceClock, type TestClock } from '../database/test-clock.ts';
import { createDatabase, type TestDatabase } from '../database/test-database.ts';
import { CLINIC, type ClinicModel, range } from './clinic-model.ts';

/** A database for successive clinics, with a connection for the role of each function that the commands and views use. */
export interface Databases {
  readonly database: TestDatabase;
  readonly owner: pg.Client;
  readonly clock: TestClock;
  readonly patientApi: Db;
  readonly staffApi: Db;
  readonly availability: Db;
  readonly expireHoldsDb: Db;
  /** The number of results by command and outcome in all clinics; the key is for example `cancel too_late_to_cancel`. */
  readonly outcomeCounts: Map<string, number>;
}

export async function openDatabases(): Promise<Databases> {
  const database = await createDatabase();
  const owner = await database.connect();
  return {
    database,
    owner,
    clock: await replaceClock(owner),
    patientApi: database.connectAs('patient_api'),
    staffApi: database.connectAs('staff_api'),
    availability: database.connectAs('availability_api'),
    expireHoldsDb: database.connectAs('expire_holds'),
    outcomeCounts: new Map(),
  };
}

/** The model's clinic in a database. */
export interface RealClinic extends Databases {
  readonly clinicId: string;
  readonly doctorIds: readonly string[];
  /** By doctor, then by place. */
  readonly slotIds: readonly (readonly string[])[];
  readonly patientIds: readonly string[];
  readonly patients: readonly TestActor[];
  readonly doctors: readonly TestActor[];
  readonly admin: TestActor;
  expireHolds(limit: number): Promise<number>;
}

/** Inserts a new clinic with new users in the initial state of the model. */
export async function openRealClinic(databases: Databases, model: ClinicModel): Promise<RealClinic> {
  const { owner, clock, patientApi, expireHoldsDb } = databases;
  await clock.stopAt(new Date(model.now));
  const { doctors, noticeMinutes, cutoffMinutes: cancellationCutoffMinutes, holdSeconds } = CLINIC;
  const { holdsPerPatient, appointmentsPerPatient, noShowsPerPatient } = CLINIC;
  const clinic = await insertClinic(owner, {
    doctors,
    noticeMinutes,
    cancellationCutoffMinutes,
    holdSeconds,
    holdsPerPatient,
    appointmentsPerPatient,
    noShowsPerPatient,
  });
  const slotIds = await insertSlots(owner, clinic, new Date(model.opening), CLINIC.places);
  const subs = await insertPatients(owner, CLINIC.patients);
  // Staff can book only for patients of their clinic.
  const { rows } = await owner.query<{ id: string; sub: string }>(
    'update patients set clinic_id = $2 where cognito_sub = any ($1) returning id, cognito_sub as sub',
    [subs, clinic.clinicId],
  );
  const patientIds = new Map(rows.map(({ id, sub }) => [sub, id]));
  const admin = await insertAdmin(owner, clinic.clinicId);
  return {
    ...databases,
    ...clinic,
    slotIds: range(doctors).map((doctor) => slotIds.slice(doctor * CLINIC.places, (doctor + 1) * CLINIC.places)),
    patientIds: subs.map((sub) => patientIds.get(sub) ?? ''),
    patients: subs.map((sub) => createTestActor(patientApi, sub)),
    doctors: clinic.doctorIds.map((id) => createTestActor(patientApi, `doctor-${id}`, ['doctor'])),
    admin: createTestActor(patientApi, admin, ['admin']),
    expireHolds: (limit) => expireHoldBatch(expireHoldsDb, limit, randomUUID()),
  };
}

/** Reads what users see of the clinic, with the functions of the API's routes. */
export async function readView(real: RealClinic, { opening }: ClinicModel) {
  const { admin, patientApi, staffApi, availability, clinicId, doctorIds } = real;
  const reader = { sub: admin.sub, groups: ['admin'], requestId: randomUUID() };
  const day = { from: new Date(opening), to: new Date(opening + 86_400_000), after: undefined, limit: 100 };
  const [appointments, free, ...schedules] = await Promise.all([
    readAppointments(patientApi, { ...reader, limit: 100 }),
    listFreeSlots(availability, { clinicId, from: day.from, to: day.to }, undefined, 100),
    ...doctorIds.map((doctorId) => readSchedule(staffApi, reader, { doctorId, ...day })),
  ]);
  return {
    appointments: Object.fromEntries(
      appointments.map((a) => [
        a.id,
        {
          status: a.status,
          version: a.version,
          doctor: a.doctor.id,
          startTime: a.startTime,
          slots: a.slots,
          slotIds: a.slotIds,
          expiresAt: a.expiresAt,
        },
      ]),
    ),
    free: free.slots.map(({ id }) => id).toSorted(),
    schedule: Object.fromEntries(
      schedules.flatMap((entries) => (entries ?? []).map((slot) => [slot.slotId, [slot.status, slot.appointment?.id]])),
    ),
  };
}

/** Reads the kinds of the outbox rows of each appointment of the clinic, in their order. */
export async function readPublishedKinds({ owner, clinicId }: RealClinic): Promise<Record<string, string[]>> {
  const { rows } = await owner.query<{ id: string; kinds: string[] }>(
    `select appointment_id as id, array_agg(kind order by id) as kinds from outbox
     where clinic_id = $1 and appointment_id is not null group by appointment_id`,
    [clinicId],
  );
  return Object.fromEntries(rows.map(({ id, kinds }) => [id, kinds]));
}
