import { CLINIC, type ClinicModel, range } from './clinic-model.ts';
import type { RealClinic } from './real-clinic.ts';

const NOTICE = CLINIC.noticeMinutes * 60_000;
const toUtcText = (instant: number) => new Date(instant).toISOString().replace('.000Z', 'Z');

/** Computes from the model what users should see of the clinic, in the form of readView(). */
export function computeExpectedView(model: ClinicModel, real: RealClinic) {
  const slotId = (doctor: number, place: number) => real.slotIds[doctor]?.[place] ?? '';
  const allPlaces = range(CLINIC.doctors).flatMap((doctor) => range(CLINIC.places).map((place) => ({ doctor, place })));
  return {
    appointments: Object.fromEntries(
      model.appointments.map((a) => {
        const status = model.statusOf(a);
        const isReleased = status === 'cancelled' || status === 'expired';
        return [
          a.id,
          {
            status,
            version: model.versionOf(a),
            doctor: real.doctorIds[a.doctor],
            startTime: toUtcText(model.startOf(a.place)),
            slots: a.count,
            slotIds: isReleased ? [] : range(a.count).map((n) => slotId(a.doctor, a.place + n)),
            expiresAt: status === 'pending' && a.expiresAt !== undefined ? toUtcText(a.expiresAt) : undefined,
          },
        ];
      }),
    ),
    free: allPlaces
      .filter((at) => model.isFree(at) && model.startOf(at.place) >= model.now + NOTICE)
      .map(({ doctor, place }) => slotId(doctor, place))
      .toSorted(),
    schedule: Object.fromEntries(
      allPlaces
        .filter((at) => model.slotStatus(at) !== 'withdrawn')
        .map((at) => [slotId(at.doctor, at.place), [model.slotStatus(at), model.findAppointmentAt(at)?.id]]),
    ),
  };
}
