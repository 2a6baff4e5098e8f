import type { Pool } from '@medbook/contract/access';
import { API_FUNCTIONS } from '@medbook/contract/routes/api-functions';
import type { staffApi as staffApiTable } from '@medbook/contract/routes/staff-api';
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import type { AvailabilityApiEnv } from '../../lambdas/entry/availability-api.contract.ts';
import { type CreateAdminEnv, getCreateAdminFunctionName } from '../../lambdas/entry/create-admin.contract.ts';
import type { DocsEnv } from '../../lambdas/entry/docs.contract.ts';
import type { PatientApiEnv } from '../../lambdas/entry/patient-api.contract.ts';
import type { StaffApiEnv } from '../../lambdas/entry/staff-api.contract.ts';
import type { StageConfig } from '../config/stages.ts';
import { ClinicApi } from '../constructs/api/clinic-api.ts';
import type { Cache } from '../constructs/cache/cache.ts';
import type { Database } from '../constructs/data/database.ts';
import { ClinicFunction } from '../constructs/functions/clinic-function.ts';
import { addScheduledJobs, getIndexFreshSeconds } from '../constructs/jobs/add-scheduled-jobs.ts';
import { KeepAlive } from '../constructs/jobs/keep-alive.ts';
import type { EmailSender } from '../constructs/messaging/email-sender.ts';
import { Notifications } from '../constructs/messaging/notifications.ts';
import { Budget } from '../constructs/monitoring/budget.ts';
import { LogQueries } from '../constructs/monitoring/log-queries.ts';
import type { Monitoring } from '../constructs/monitoring/monitoring.ts';
import { StageDashboard } from '../constructs/monitoring/stage-dashboard.ts';
import type { Network } from '../constructs/network/network.ts';

/** Props of `ServiceStack`. */
export interface ServiceStackProps extends StackProps {
  readonly config: StageConfig;
  readonly monitoring: Monitoring;
  readonly network: Network;
  readonly database: Database;
  readonly cache: Cache;
  readonly emailSender: EmailSender;
  readonly userPools: Readonly<Record<Pool, IUserPool>>;
}

/**
 * The API with a function for each audience, the notifications and the jobs. It holds no data and can be recreated at
 * any time.
 */
export class ServiceStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { config, monitoring, network, database, cache, emailSender, userPools, ...props }: ServiceStackProps,
  ) {
    super(scope, id, props);
    const corsEnvironment = { CORS_ORIGINS: config.corsOrigins.join(',') };
    const poolsEnvironment = {
      PATIENT_POOL_ID: userPools.patients.userPoolId,
      STAFF_POOL_ID: userPools.staff.userPoolId,
    };
    const rateLimitEnvironment = { REQUESTS_PER_15_MINUTES: String(config.requestsPer15Minutes) };

    const notifications = new Notifications(this, 'Notifications', { config, network, database, emailSender });

    const docs = new ClinicFunction<DocsEnv>(this, 'Docs', {
      entry: 'docs',
      environment: corsEnvironment,
      config,
      servesApi: true,
      // It only serves files, without a database: half the default memory is enough.
      memorySize: 512,
      assets: ['swagger-ui-bundle.js', 'swagger-ui.css'].map((file) => `node_modules/swagger-ui-dist/${file}`),
    });

    const availabilityApi = new ClinicFunction<AvailabilityApiEnv>(this, 'AvailabilityApi', {
      entry: 'availability-api',
      environment: {
        ...rateLimitEnvironment,
        ...corsEnvironment,
        INDEX_FRESH_SECONDS: getIndexFreshSeconds(config),
      },
      config,
      network,
      concurrency: config.concurrency.availabilityApi,
      servesApi: true,
    });
    database.connect(availabilityApi.function, 'availability_api');
    cache.connect(availabilityApi.function, 'availability-api');

    const patientApi = new ClinicFunction<PatientApiEnv>(this, 'PatientApi', {
      entry: 'patient-api',
      environment: {
        ...rateLimitEnvironment,
        ...corsEnvironment,
        ...notifications.environment,
        ...poolsEnvironment,
        BOOKINGS_PER_MINUTE: String(config.bookingsPerMinute),
      },
      config,
      network,
      concurrency: config.concurrency.patientApi,
      servesApi: true,
      // One full vCPU: a patient who books waits for the cold start, which is CPU-bound (loading code, TLS).
      memorySize: 1769,
      timeout: Duration.seconds(15),
    });
    database.connect(patientApi.function, 'patient_api');
    cache.connect(patientApi.function, 'patient-api');
    notifications.grantEnqueue(patientApi);
    userPools.patients.grant(patientApi.function, 'cognito-idp:AdminGetUser', 'cognito-idp:AdminAddUserToGroup');

    const staffApi = new ClinicFunction<StaffApiEnv>(this, 'StaffApi', {
      entry: 'staff-api',
      environment: { ...rateLimitEnvironment, ...corsEnvironment, ...poolsEnvironment },
      config,
      network,
      concurrency: config.concurrency.staffApi,
      servesApi: true,
      // Creating a year of slots takes longest; API Gateway's own timeout is 29 seconds.
      timeout: Duration.seconds(28),
    });
    database.connect(staffApi.function, 'staff_api');
    cache.connect(staffApi.function, 'staff-api');
    userPools.staff.grant(staffApi.function, ...INVITATION_ACTIONS);

    addScheduledJobs(this, { config, network, database, cache, notifications });

    // `npm run admin` calls it by this name.
    const createAdmin = new ClinicFunction<CreateAdminEnv>(this, 'CreateAdmin', {
      entry: 'create-admin',
      functionName: getCreateAdminFunctionName(config.stage),
      environment: { STAFF_POOL_ID: userPools.staff.userPoolId },
      config,
      network,
      concurrency: config.concurrency.createAdmin,
      // Rarely used, so speed does not matter.
      memorySize: 512,
    });
    database.connect(createAdmin.function, 'create_admin');
    userPools.staff.grant(createAdmin.function, ...INVITATION_ACTIONS);

    const api = new ClinicApi(this, 'Api', {
      config,
      userPools: [userPools.patients, userPools.staff],
      audiences: [
        { routes: API_FUNCTIONS.Docs.routes, handler: docs.liveAlias },
        { routes: API_FUNCTIONS.AvailabilityApi.routes, handler: availabilityApi.liveAlias },
        { routes: API_FUNCTIONS.PatientApi.routes, handler: patientApi.liveAlias },
        { routes: API_FUNCTIONS.StaffApi.routes, handler: staffApi.liveAlias },
      ],
      expensiveRoutes: EXPENSIVE_ROUTES,
    });
    notifications.addNotifier(api.url);
    new KeepAlive(this, 'KeepAlive');
    monitoring.watch(this);
    new LogQueries(this, 'LogQueries', { config });
    new StageDashboard(this, 'Dashboard', { config, monitoring });
    new Budget(this, 'Budget', { config, monitoring });
    new CfnOutput(this, 'ApiUrl', { value: api.url });
  }
}

/** Routes that create months of slots, or create a login and send an invitation. */
const EXPENSIVE_ROUTES: readonly (keyof typeof staffApiTable)[] = [
  'POST /doctors/{doctorId}/availability',
  'POST /clinics/{clinicId}/doctors',
];

/** What a function needs to invite a user who does not sign up themselves. */
const INVITATION_ACTIONS = [
  'cognito-idp:AdminGetUser',
  'cognito-idp:AdminCreateUser',
  'cognito-idp:AdminAddUserToGroup',
];
