import { accountRoutes } from '../accounts/patient-routes.ts';
import { changeRoutes } from '../appointments/change-routes.ts';
import { appointmentRoutes } from '../appointments/patient-routes.ts';
import { availabilityRoutes } from '../availability/public-routes.ts';
import { publicClinicRoutes } from '../clinics/public-routes.ts';
import { staffClinicRoutes } from '../clinics/staff-routes.ts';
import { openApiOf } from '../docs/openapi.ts';
import { docsPage } from '../docs/page.ts';
import { documentationRoutes } from '../docs/public-routes.ts';
import { publicDoctorRoutes } from '../doctors/public-routes.ts';
import { staffDoctorRoutes } from '../doctors/staff-routes.ts';
import { unsubscribeRoutes } from '../notifications/unsubscribe-routes.ts';
import { scheduleRoutes } from '../schedules/staff-routes.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { availabilityApiRoutes } from './availability-api.contract.ts';
import { docsEnv, docsRoutes } from './docs.contract.ts';
import { patientApiRoutes } from './patient-api.contract.ts';
import { staffApiRoutes } from './staff-api.contract.ts';

const env = docsEnv.parse(process.env);

const openApi = openApiOf([
  {
    limited: true,
    access: availabilityApiRoutes,
    routes: { ...publicClinicRoutes, ...publicDoctorRoutes, ...availabilityRoutes },
  },
  {
    limited: true,
    access: patientApiRoutes,
    routes: { ...accountRoutes, ...appointmentRoutes, ...changeRoutes, ...unsubscribeRoutes },
  },
  { limited: true, access: staffApiRoutes, routes: { ...staffClinicRoutes, ...staffDoctorRoutes, ...scheduleRoutes } },
  { access: docsRoutes, routes: documentationRoutes },
]);

export const handler = httpHandler({
  access: docsRoutes,
  routes: documentationRoutes,
  deps: { openApi, page: () => docsPage(new URL('./', import.meta.url)) },
  corsOrigins: env.CORS_ORIGINS,
});
