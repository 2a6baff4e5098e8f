import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { type AvailabilityApiEnv, availabilityApiRoutes } from '../../lambdas/entry/availability-api.contract.ts';
import { type CreateAdminEnv, createAdminFunctionName } from '../../lambdas/entry/create-admin.contract.ts';
import { type DocsEnv, docsRoutes } from '../../lambdas/entry/docs.contract.ts';
import type { GenerateSlotsEnv } from '../../lambdas/entry/generate-slots.contract.ts';
import { type PatientApiEnv, patientApiRoutes } from '../../lambdas/entry/patient-api.contract.ts';
import { type StaffApiEnv, staffApiRoutes } from '../../lambdas/entry/staff-api.contract.ts';
import type { StageConfig } from '../config/stages.ts';
import { ClinicApi } from '../constructs/clinic-api.ts';
import { ClinicFunction } from '../constructs/clinic-function.ts';
import type { Database } from '../constructs/database.ts';
import type { Network } from '../constructs/network.ts';
import { ScheduledJob } from '../constructs/scheduled-job.ts';

export interface ServiceStackProps extends StackProps {
  readonly config: StageConfig;
  readonly network: Network;
  readonly database: Database;
  readonly userPool: IUserPool;
}

/** What MedBook does: the API, a function for each audience, and the jobs. It holds no data and may be made anew at any time. */
export class ServiceStack extends Stack {
  constructor(scope: Construct, id: string, { config, network, database, userPool, ...props }: ServiceStackProps) {
    super(scope, id, props);
    const http = { CORS_ORIGINS: config.corsOrigins.join(',') };

    const { function: docs } = new ClinicFunction<DocsEnv>(this, 'Docs', {
      entry: 'docs',
      environment: http,
      config,
      assets: ['swagger-ui-bundle.js', 'swagger-ui.css'].map((file) => `node_modules/swagger-ui-dist/${file}`),
    });

    const { function: availabilityApi } = new ClinicFunction<AvailabilityApiEnv>(this, 'AvailabilityApi', {
      entry: 'availability-api',
      environment: { ...database.environment('availability_api'), ...http },
      config,
      network,
    });
    database.grantConnect(availabilityApi, 'availability_api');

    const { function: patientApi } = new ClinicFunction<PatientApiEnv>(this, 'PatientApi', {
      entry: 'patient-api',
      environment: { ...database.environment('patient_api'), ...http, USER_POOL_ID: userPool.userPoolId },
      config,
      network,
      timeout: Duration.seconds(15),
    });
    database.grantConnect(patientApi, 'patient_api');
    userPool.grant(patientApi, 'cognito-idp:AdminGetUser', 'cognito-idp:AdminAddUserToGroup');

    const { function: staffApi } = new ClinicFunction<StaffApiEnv>(this, 'StaffApi', {
      entry: 'staff-api',
      environment: { ...database.environment('staff_api'), ...http, USER_POOL_ID: userPool.userPoolId },
      config,
      network,
      // Making a year of slots is the longest; API Gateway itself gives up after 29 seconds.
      timeout: Duration.seconds(28),
    });
    database.grantConnect(staffApi, 'staff_api');
    userPool.grant(staffApi, ...MAKES_LOGINS);

    const { function: generateSlots } = new ScheduledJob<GenerateSlotsEnv>(this, 'GenerateSlots', {
      entry: 'generate-slots',
      environment: database.environment('generate_slots'),
      config,
      network,
      timeout: Duration.minutes(5),
      schedule: ScheduleExpression.rate(Duration.days(1)),
    });
    database.grantConnect(generateSlots, 'generate_slots');

    // Called by an operator, by this name: `npm run admin`.
    const { function: createAdmin } = new ClinicFunction<CreateAdminEnv>(this, 'CreateAdmin', {
      entry: 'create-admin',
      functionName: createAdminFunctionName(config.stage),
      environment: { ...database.environment('create_admin'), USER_POOL_ID: userPool.userPoolId },
      config,
      network,
    });
    database.grantConnect(createAdmin, 'create_admin');
    userPool.grant(createAdmin, ...MAKES_LOGINS);

    const api = new ClinicApi(this, 'Api', {
      config,
      userPool,
      audiences: [
        { routes: docsRoutes, handler: docs },
        { routes: availabilityApiRoutes, handler: availabilityApi },
        { routes: patientApiRoutes, handler: patientApi },
        { routes: staffApiRoutes, handler: staffApi },
      ],
    });
    new CfnOutput(this, 'ApiUrl', { value: api.url });
  }
}

/** What it takes to invite somebody who does not sign up themselves. */
const MAKES_LOGINS = ['cognito-idp:AdminGetUser', 'cognito-idp:AdminCreateUser', 'cognito-idp:AdminAddUserToGroup'];
