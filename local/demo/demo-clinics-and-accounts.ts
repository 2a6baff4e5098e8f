/** The demo clinics, in three time zones. Their ids are fixed, so that a second start finds them. */
export const DEMO_CLINICS = [
  {
    id: '0d000000-0000-4000-8000-000000000001',
    name: 'Clínica da Baixa',
    address: 'Rua Augusta 100, Lisboa',
    phone: '+351210000001',
    currency: 'EUR',
    timeZone: 'Europe/Lisbon',
    notificationEmail: 'desk.lisbon@demo.medbook.example',
    language: 'pt',
  },
  {
    id: '0d000000-0000-4000-8000-000000000002',
    name: 'Hudson Health',
    address: '200 Hudson Street, New York',
    phone: '+12125550102',
    currency: 'USD',
    timeZone: 'America/New_York',
    notificationEmail: 'desk.newyork@demo.medbook.example',
    language: 'en',
  },
  {
    id: '0d000000-0000-4000-8000-000000000003',
    name: 'Shibuya Clinic',
    address: '3-1 Dogenzaka, Tokyo',
    phone: '+81355550103',
    currency: 'JPY',
    timeZone: 'Asia/Tokyo',
    notificationEmail: 'desk.tokyo@demo.medbook.example',
    language: 'en',
  },
] as const;

const SPECIALIZATIONS = ['General Practice', 'Cardiology', 'Dermatology', 'Pediatrics'] as const;
const DOCTOR_NAMES = [
  ['Ana Duarte', 'Rui Tavares', 'Inês Matos', 'João Prata'],
  ['Grace Miller', 'Omar Haddad', 'Lena Fischer', 'David Cho'],
  ['Haruka Sato', 'Kenji Mori', 'Yui Tanaka', 'Aoi Kimura'],
] as const;

/** The demo doctors: four for each clinic, one of each specialization. */
export const DEMO_DOCTORS = DEMO_CLINICS.flatMap((clinic, c) =>
  SPECIALIZATIONS.map((specialization, d) => {
    const number = c * SPECIALIZATIONS.length + d + 1;
    return {
      id: `0d000000-0000-4000-8000-0000000001${String(number).padStart(2, '0')}`,
      clinicId: clinic.id,
      name: `Dr. ${DOCTOR_NAMES[c]?.[d]}`,
      email: `doctor${number}@demo.medbook.example`,
      specialization,
      feeAmount: 5000 + 1000 * d,
      experienceYears: 5 + number,
    };
  }),
);

/** The accounts that can sign in, all with `DEMO_PASSWORD`. The doctor is the first doctor of the first clinic. */
export const DEMO_ACCOUNTS: readonly {
  readonly role: 'admin' | 'doctor' | 'patient';
  readonly email: string;
  readonly name: string;
  readonly phone?: string;
}[] = [
  { role: 'admin', email: 'admin@demo.medbook.example', name: 'Alex Admin' },
  { role: 'doctor', email: 'doctor1@demo.medbook.example', name: 'Dr. Ana Duarte' },
  { role: 'patient', email: 'patient1@demo.medbook.example', name: 'Paula Silva' },
  { role: 'patient', email: 'patient2@demo.medbook.example', name: 'Pedro Costa', phone: '+351910000002' },
];

/** The password of all demo accounts. */
export const DEMO_PASSWORD = 'Demo-Pass-2030';
