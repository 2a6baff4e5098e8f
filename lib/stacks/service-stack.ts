import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import { type AvailabilityApiEnv, availabilityApiRoutes } from '../../lambdas/entry/availability-api.contract.ts';
import { type CreateAdminEnv, createAdminFunctionName } from '../../lambdas/entry/create-admin.contract.ts';
import { type DocsEnv, docsRoutes } from '../../lambdas/entry/docs.contract.ts';
import { type PatientApiEnv, patientApiRoutes } from '../../lambdas/entry/patient-api.contract.ts';
import { type StaffApiEnv, staffApiRoutes } from '../../lambdas/entry/staff-api.contract.ts';
import type { StageConfig } from '../config/stages.ts';
import type { Cache } from '../constructs/cache.ts';
import type { CacheUser } from '../constructs/cache-users.ts';
import { ClinicApi } from '../constructs/clinic-api.ts';
import { ClinicFunction } from '../constructs/clinic-function.ts';
import type { Database } from '../constructs/database.ts';
import type { Mail } from '../constructs/mail.ts';
import { Budget } from '../constructs/monitoring/budget.ts';
import { StageDashboard } from '../constructs/monitoring/dashboard.ts';
import { LogQueries } from '../constructs/monitoring/log-queries.ts';
import type { Monitoring } from '../constructs/monitoring/monitoring.ts';
import type { Network } from '../constructs/network.ts';
import { Notifications } from '../constructs/notifications.ts';
import { addJobs, indexFreshSeconds } from './service-jobs.ts';

export interface ServiceStackProps extends StackProps {
  readonly config: StageConfig;
  readonly monitoring: Monitoring;
  readonly network: Network;
  readonly database: Database;
  readonly cache: Cache;
  readonly mail: Mail;
  readonly userPool: IUserPool;
}

/** What MedBook does: the API, a function for each audience, and the jobs. It holds no data and may be made anew at any time. */
export class ServiceStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { config, monitoring, network, database, cache, mail, userPool, ...props }: ServiceStackProps,
  ) {
    super(scope, id, props);
    const http = { CORS_ORIGINS: config.corsOrigins.join(',') };
    const limited = (user: CacheUser) => ({
      ...cache.environment(user),
      REQUESTS_PER_15_MINUTES: String(config.requestsPer15Minutes),
    });

    const notifications = new Notifications(this, 'Notifications', { config, network, database, mail });

    const docs = new ClinicFunction<DocsEnv>(this, 'Docs', {
      entry: 'docs',
      environment: http,
      config,
      facesTraffic: true,
      // Files and no database: half of the processor loads them as fast as anybody reads.
      memorySize: 512,
      assets: ['swagger-ui-bundle.js', 'swagger-ui.css'].map((file) => `node_modules/swagger-ui-dist/${file}`),
    });

    const availabilityApi = new ClinicFunction<AvailabilityApiEnv>(this, 'AvailabilityApi', {
      entry: 'availability-api',
      environment: {
        ...database.environment('availability_api'),
        ...limited('availability-api'),
        ...http,
        INDEX_FRESH_SECONDS: indexFreshSeconds(config),
      },
      config,
      network,
      facesTraffic: true,
    });
    database.grantConnect(availabilityApi.function, 'availability_api');
    cache.grantConnect(availabilityApi.function, 'availability-api');

    const patientApi = new ClinicFunction<PatientApiEnv>(this, 'PatientApi', {
      entry: 'patient-api',
      environment: {
        ...database.environment('patient_api'),
        ...limited('patient-api'),
        ...http,
        ...notifications.environment,
        USER_POOL_ID: userPool.userPoolId,
        BOOKINGS_PER_MINUTE: String(config.bookingsPerMinute),
      },
      config,
      network,
      facesTraffic: true,
      // One whole processor: a patient who books waits for a cold start, and that is loading and TLS, its work.
      memorySize: 1769,
      timeout: Duration.seconds(15),
    });
    database.grantConnect(patientApi.function, 'patient_api');
    cache.grantConnect(patientApi.function, 'patient-api');
    notifications.grantTell(patientApi);
    userPool.grant(patientApi.function, 'cognito-idp:AdminGetUser', 'cognito-idp:AdminAddUserToGroup');

    const staffApi = new ClinicFunction<StaffApiEnv>(this, 'StaffApi', {
      entry: 'staff-api',
      environment: {
        ...database.environment('staff_api'),
        ...limited('staff-api'),
        ...http,
        USER_POOL_ID: userPool.userPoolId,
      },
      config,
      network,
      facesTraffic: true,
      // Making a year of slots is the longest; API Gateway itself gives up after 29 seconds.
      timeout: Duration.seconds(28),
    });
    database.grantConnect(staffApi.function, 'staff_api');
    cache.grantConnect(staffApi.function, 'staff-api');
    userPool.grant(staffApi.function, ...MAKES_LOGINS);

    addJobs(this, { config, network, database, cache, notifications });

    // Called by an operator, by this name: `npm run admin`.
    const createAdmin = new ClinicFunction<CreateAdminEnv>(this, 'CreateAdmin', {
      entry: 'create-admin',
      functionName: createAdminFunctionName(config.stage),
      environment: { ...database.environment('create_admin'), USER_POOL_ID: userPool.userPoolId },
      config,
      network,
      // A person calls it, now and then.
      memorySize: 512,
    });
    database.grantConnect(createAdmin.function, 'create_admin');
    userPool.grant(createAdmin.function, ...MAKES_LOGINS);

    const api = new ClinicApi(this, 'Api', {
      config,
      userPool,
      audiences: [
        { routes: docsRoutes, handler: docs.live },
        { routes: availabilityApiRoutes, handler: availabilityApi.live },
        { routes: patientApiRoutes, handler: patientApi.live },
        { routes: staffApiRoutes, handler: staffApi.live },
      ],
      expensive: EXPENSIVE,
    });
    notifications.addNotifier(api.url);
    monitoring.watch(this);
    new LogQueries(this, 'LogQueries', { config });
    new StageDashboard(this, 'Dashboard', { config, monitoring });
    new Budget(this, 'Budget', { config, monitoring });
    new CfnOutput(this, 'ApiUrl', { value: api.url });
  }
}

/** They make the slots of months, or a login with an e-mail. */
const EXPENSIVE: readonly (keyof typeof staffApiRoutes)[] = [
  'POST /doctors/{doctorId}/availability',
  'POST /clinics/{clinicId}/doctors',
];

/** What it takes to invite somebody who does not sign up themselves. */
const MAKES_LOGINS = ['cognito-idp:AdminGetUser', 'cognito-idp:AdminCreateUser', 'cognito-idp:AdminAddUserToGroup'];
