import * as z from 'zod';
import { availability, freeSlot, nextTimes } from '../availability.ts';
import { clinic } from '../clinic.ts';
import { publicDoctor } from '../doctor.ts';
import { checkTimeRange, id, slotCount, specialization, timeRange } from '../fields.ts';
import type { RouteTable } from '../operation.ts';
import { pageOfTimeRange, pageSchema, paging, pagingByTime } from '../page.ts';

const filters = { doctorId: id.optional(), specialization: specialization.optional() };
const slots = z.coerce.number().pipe(slotCount).default(1);

/** What everyone may read: clinics, doctors and their free times. */
export const availabilityApi = {
  'GET /clinics': {
    id: 'listClinics',
    tag: 'Clinics',
    summary: 'Lists the clinics by name.',
    access: 'public',
    query: z.strictObject(paging),
    response: pageSchema(clinic),
  },
  'GET /clinics/{clinicId}': {
    id: 'getClinic',
    tag: 'Clinics',
    summary: 'Returns a clinic.',
    access: 'public',
    path: z.object({ clinicId: id }),
    response: clinic,
    refusals: ['not_found'],
  },
  'GET /specializations': {
    id: 'listSpecializations',
    tag: 'Doctors',
    summary: 'Lists the specializations of the doctors.',
    access: 'public',
    query: z.strictObject(paging),
    response: pageSchema(z.string()),
  },
  'GET /doctors': {
    id: 'listDoctors',
    tag: 'Doctors',
    summary: 'Lists the doctors by name.',
    access: 'public',
    query: z.strictObject({ clinicId: id.optional(), specialization: specialization.optional(), ...paging }),
    response: pageSchema(publicDoctor),
    refusals: ['not_found'],
  },
  'GET /doctors/{doctorId}': {
    id: 'getDoctor',
    tag: 'Doctors',
    summary: 'Returns a doctor.',
    access: 'public',
    path: z.object({ doctorId: id }),
    response: publicDoctor,
    refusals: ['not_found'],
  },
  'GET /doctors/{doctorId}/slots': {
    id: 'listDoctorSlots',
    tag: 'Availability',
    summary: 'Lists the free slots of a doctor by start time.',
    access: 'public',
    path: z.object({ doctorId: id }),
    query: pageOfTimeRange,
    response: pageSchema(freeSlot),
    refusals: ['not_found'],
  },
  'GET /availability': {
    id: 'getAvailability',
    tag: 'Availability',
    summary: 'Returns the times at which a doctor of a clinic is free, for one slot or several consecutive slots.',
    access: 'public',
    query: z.strictObject({ clinicId: id, ...timeRange, ...filters, slots }).superRefine(checkTimeRange),
    response: availability,
    refusals: ['not_found'],
  },
  'GET /availability/next': {
    id: 'getNextTimes',
    tag: 'Availability',
    summary: 'Returns the soonest free times across clinics and doctors.',
    access: 'public',
    query: z.strictObject({
      clinicId: id.optional(),
      ...filters,
      slots,
      limit: z.coerce.number().int().min(1).max(50).default(10),
    }),
    response: nextTimes,
    refusals: ['not_found'],
  },
  'GET /slots': {
    id: 'listSlots',
    tag: 'Availability',
    summary: 'Lists the free slots of a clinic or a doctor by start time.',
    access: 'public',
    query: z
      .strictObject({ clinicId: id.optional(), ...timeRange, ...filters, ...pagingByTime })
      .superRefine(checkTimeRange)
      .refine((query) => query.clinicId || query.doctorId, {
        path: ['clinicId'],
        message: 'expected clinicId or doctorId',
      }),
    response: pageSchema(freeSlot),
    refusals: ['not_found'],
  },
} as const satisfies RouteTable;
