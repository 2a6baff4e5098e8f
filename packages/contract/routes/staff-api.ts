import * as z from 'zod';
import { clinic } from '../clinic.ts';
import { addedDoctor, changedDoctor, doctorChange } from '../doctor.ts';
import { id } from '../fields.ts';
import { newClinic } from '../new-clinic.ts';
import { newDoctor } from '../new-doctor.ts';
import type { RouteTable } from '../operation.ts';
import { pageOfTimeRange, pageSchema, pagingByTime } from '../page.ts';
import { newWorkingHours, scheduleEntry, workingHoursChange, workingHoursList } from '../schedule.ts';
import {
  dryRun,
  newScheduleException,
  scheduleConflict,
  scheduleException,
  scheduleExceptionChange,
  slotStatus,
  slotStatusChange,
} from '../schedule-exception.ts';

const path = z.object({ doctorId: id });
const clinicPath = z.object({ clinicId: id });

const EXCEPTION_EXAMPLES = {
  holiday: { type: 'holiday', from: '2030-12-25', to: '2030-12-27', reason: 'Christmas' },
  absence: { type: 'blocked', from: '2030-01-31T09:00:00Z', to: '2030-01-31T12:00:00Z' },
};

/** How doctors and admins manage clinics, doctors and schedules. */
export const staffApi = {
  'POST /clinics': {
    id: 'createClinic',
    tag: 'Clinics',
    summary: 'Creates a clinic. Only for platform admins.',
    access: ['admin'],
    body: newClinic,
    examples: {
      clinic: {
        name: 'Clinica da Baixa',
        address: 'Rua Augusta 100, Lisboa',
        phone: '+351 211 234 567',
        currency: 'EUR',
        timeZone: 'Europe/Lisbon',
        language: 'pt',
      },
    },
    status: 201,
    response: clinic,
  },
  'POST /clinics/{clinicId}/doctors': {
    id: 'addDoctor',
    tag: 'Doctors',
    summary: 'Adds a doctor to a clinic and sends an invitation to sign in. Safe to repeat.',
    access: ['admin'],
    path: clinicPath,
    body: newDoctor,
    examples: {
      doctor: {
        name: 'Dr. Ana Sousa',
        email: 'ana.sousa@clinic.example',
        specialization: 'Cardiology',
        fee: { amount: 8000, currency: 'EUR' },
        experienceYears: 12,
      },
    },
    status: 201,
    response: addedDoctor,
    refusals: ['not_found', 'email_in_use'],
  },
  'PATCH /doctors/{doctorId}': {
    id: 'changeDoctor',
    tag: 'Doctors',
    summary: 'Deactivates or activates a doctor, and returns the appointments that no longer fit.',
    access: ['admin'],
    path,
    query: dryRun,
    body: doctorChange,
    examples: { deactivate: { active: false } },
    response: changedDoctor,
    refusals: ['not_found'],
  },
  'GET /doctors/{doctorId}/availability': {
    id: 'getWorkingHours',
    tag: 'Schedules',
    summary: "Returns a doctor's weekly working hours.",
    access: ['doctor', 'admin'],
    path,
    response: workingHoursList,
    refusals: ['not_found'],
  },
  'POST /doctors/{doctorId}/availability': {
    id: 'setWorkingHours',
    tag: 'Schedules',
    summary: "Replaces a doctor's weekly working hours and creates or withdraws slots accordingly.",
    access: ['doctor', 'admin'],
    path,
    query: dryRun,
    body: newWorkingHours,
    examples: {
      'two days': {
        hours: [
          { weekday: 1, start: '09:00', end: '13:00' },
          { weekday: 3, start: '14:00', end: '18:00', capacity: 2 },
        ],
        validFrom: '2030-01-01',
      },
    },
    status: 201,
    response: workingHoursChange,
    refusals: ['not_found'],
  },
  'GET /doctors/{doctorId}/schedule': {
    id: 'getSchedule',
    tag: 'Schedules',
    summary: "Lists a doctor's slots by start time, with their appointments.",
    access: ['doctor', 'admin'],
    path,
    query: pageOfTimeRange,
    response: pageSchema(scheduleEntry),
    refusals: ['not_found'],
  },
  'GET /doctors/{doctorId}/exceptions': {
    id: 'listDoctorExceptions',
    tag: 'Schedules',
    summary: "Lists the exceptions of a doctor's working hours in a time range, with those of the whole clinic.",
    access: ['doctor', 'admin'],
    path,
    query: pageOfTimeRange,
    response: pageSchema(scheduleException),
    refusals: ['not_found'],
  },
  'POST /doctors/{doctorId}/exceptions': {
    id: 'addDoctorException',
    tag: 'Schedules',
    summary:
      'Adds a holiday, blocked time or extra hours of a doctor, and returns the appointments that no longer fit.',
    access: ['doctor', 'admin'],
    path,
    query: dryRun,
    body: newScheduleException,
    examples: EXCEPTION_EXAMPLES,
    status: 201,
    response: scheduleExceptionChange,
    refusals: ['not_found'],
  },
  'DELETE /doctors/{doctorId}/exceptions/{exceptionId}': {
    id: 'removeDoctorException',
    tag: 'Schedules',
    summary: 'Removes an exception of a doctor. Its slots are offered again.',
    access: ['doctor', 'admin'],
    path: path.extend({ exceptionId: id }),
    query: dryRun,
    response: scheduleExceptionChange,
    refusals: ['not_found'],
  },
  'GET /clinics/{clinicId}/exceptions': {
    id: 'listClinicExceptions',
    tag: 'Schedules',
    summary: 'Lists the exceptions of all doctors of a clinic in a time range.',
    access: ['admin'],
    path: clinicPath,
    query: pageOfTimeRange,
    response: pageSchema(scheduleException),
    refusals: ['not_found'],
  },
  'POST /clinics/{clinicId}/exceptions': {
    id: 'addClinicException',
    tag: 'Schedules',
    summary: 'Adds a holiday, blocked time or extra hours of all doctors of a clinic.',
    access: ['admin'],
    path: clinicPath,
    query: dryRun,
    body: newScheduleException,
    examples: EXCEPTION_EXAMPLES,
    status: 201,
    response: scheduleExceptionChange,
    refusals: ['not_found'],
  },
  'DELETE /clinics/{clinicId}/exceptions/{exceptionId}': {
    id: 'removeClinicException',
    tag: 'Schedules',
    summary: 'Removes an exception of a clinic. Its slots are offered again.',
    access: ['admin'],
    path: clinicPath.extend({ exceptionId: id }),
    query: dryRun,
    response: scheduleExceptionChange,
    refusals: ['not_found'],
  },
  'PATCH /slots/{slotId}': {
    id: 'setSlotStatus',
    tag: 'Schedules',
    summary: 'Blocks a single slot, or offers it again.',
    access: ['doctor', 'admin'],
    path: z.object({ slotId: id }),
    query: dryRun,
    body: slotStatus,
    examples: { block: { status: 'blocked' } },
    response: slotStatusChange,
    refusals: ['not_found', 'not_bookable', 'closed_by_exception'],
  },
  'GET /doctors/{doctorId}/conflicts': {
    id: 'listDoctorConflicts',
    tag: 'Schedules',
    summary: "Lists the appointments that no longer fit a doctor's schedule, with alternatives.",
    access: ['doctor', 'admin'],
    path,
    query: z.strictObject(pagingByTime),
    response: pageSchema(scheduleConflict),
    refusals: ['not_found'],
  },
  'GET /clinics/{clinicId}/conflicts': {
    id: 'listClinicConflicts',
    tag: 'Schedules',
    summary: 'Lists the appointments of a clinic that no longer fit the schedule of their doctor, with alternatives.',
    access: ['admin'],
    path: clinicPath,
    query: z.strictObject(pagingByTime),
    response: pageSchema(scheduleConflict),
    refusals: ['not_found'],
  },
} as const satisfies RouteTable;
