import * as z from 'zod';
import { clinic } from '../clinic.ts';
import { addedDoctor } from '../doctor.ts';
import { checkTimeRange, id, timeRange } from '../fields.ts';
import { newClinic } from '../new-clinic.ts';
import { newDoctor } from '../new-doctor.ts';
import type { RouteTable } from '../operation.ts';
import { pageSchema, pagingByTime } from '../page.ts';
import { newWorkingHours, scheduleEntry, workingHoursChange, workingHoursList } from '../schedule.ts';

const path = z.object({ doctorId: id });

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
    path: z.object({ clinicId: id }),
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
    query: z.strictObject({ ...timeRange, ...pagingByTime }).superRefine(checkTimeRange),
    response: pageSchema(scheduleEntry),
    refusals: ['not_found'],
  },
} as const satisfies RouteTable;
