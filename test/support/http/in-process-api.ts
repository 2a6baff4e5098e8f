import { randomUUID } from 'node:crypto';
import { availabilityApi } from '@medbook/contract/routes/availability-api';
import { patientApi } from '@medbook/contract/routes/patient-api';
import { staffApi } from '@medbook/contract/routes/staff-api';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { accountHandlers } from '../../../lambdas/accounts/patient-handlers.ts';
import { connectUserPool } from '../../../lambdas/accounts/user-pool.ts';
import { appointmentHandlers } from '../../../lambdas/appointments/patient-handlers.ts';
import { availabilityHandlers } from '../../../lambdas/availability/public-handlers.ts';
import { publicClinicHandlers } from '../../../lambdas/clinics/public-handlers.ts';
import { staffClinicHandlers } from '../../../lambdas/clinics/staff-handlers.ts';
import { publicDoctorHandlers } from '../../../lambdas/doctors/public-handlers.ts';
import { staffDoctorHandlers } from '../../../lambdas/doctors/staff-handlers.ts';
import { unsubscribeHandlers } from '../../../lambdas/notifications/unsubscribe-handlers.ts';
import { exceptionHandlers } from '../../../lambdas/schedules/exception-handlers.ts';
import { scheduleHandlers } from '../../../lambdas/schedules/staff-handlers.ts';
import { getIssuer, type UserPoolIds } from '../../../lambdas/shared/http/caller.ts';
import { httpHandler } from '../../../lambdas/shared/http/handler.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';

/** The HTTP functions that use the database, composed as in their entry files. */
export const FUNCTIONS = {
  availability_api: {
    routes: availabilityApi,
    handlers: { ...publicClinicHandlers, ...publicDoctorHandlers, ...availabilityHandlers },
  },
  patient_api: {
    routes: patientApi,
    handlers: { ...accountHandlers, ...appointmentHandlers, ...unsubscribeHandlers },
  },
  staff_api: {
    routes: staffApi,
    handlers: { ...staffClinicHandlers, ...staffDoctorHandlers, ...scheduleHandlers, ...exceptionHandlers },
  },
} as const;

/** A call as API Gateway forwards it. `body` is sent as JSON; `text` unchanged. */
export interface ApiCall {
  readonly route: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly text?: string;
  readonly claims?: object;
}

/** The response; its body is parsed if it is JSON. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: APIGatewayProxyResult['headers'];
  readonly body: unknown;
}

export type Api = (call: ApiCall) => Promise<ApiResponse>;

/** Creates the whole API without API Gateway, on connections of the functions' own roles. Claims are trusted as if the authorizer had verified them. */
export function createInProcessApi(connect: (role: string) => Db): Api {
  const { availability_api, patient_api, staff_api } = FUNCTIONS;
  const functions = [
    {
      routes: availability_api.routes,
      handler: httpHandler({ ...availability_api, deps: { db: connect('availability_api') }, corsOrigins: '*' }),
    },
    {
      routes: patient_api.routes,
      handler: httpHandler({
        ...patient_api,
        deps: { db: connect('patient_api'), userPool: connectUserPool(USER_POOL_IDS.patients) },
        userPoolIds: USER_POOL_IDS,
        corsOrigins: '*',
      }),
    },
    {
      routes: staff_api.routes,
      handler: httpHandler({
        ...staff_api,
        deps: { db: connect('staff_api'), userPool: connectUserPool(USER_POOL_IDS.staff) },
        userPoolIds: USER_POOL_IDS,
        corsOrigins: '*',
      }),
    },
  ];
  return async (call) => {
    const apiFunction = functions.find(({ routes }) => call.route in routes);
    if (!apiFunction) throw new Error(`No function handles ${call.route}.`);
    return toApiResponse(await apiFunction.handler(createApiEvent(call), createLambdaContext()));
  };
}

function toApiResponse(result: unknown): ApiResponse {
  const { statusCode, headers, body } = result as APIGatewayProxyResult;
  const isJson = String(headers?.['Content-Type']).includes('json');
  return { status: statusCode, headers, body: isJson ? JSON.parse(body) : body };
}

/** The user pools whose tokens the functions accept. */
export const USER_POOL_IDS: UserPoolIds = { patients: 'us-east-1_Patients', staff: 'us-east-1_Staff' };

/** Creates the claims of an access token, as API Gateway passes them: of the staff's pool if there is a group of staff. */
export const createClaims = (sub: string, ...groups: string[]) => ({
  sub,
  username: sub,
  iss: getIssuer(USER_POOL_IDS[groups.some((group) => group !== 'patient') ? 'staff' : 'patients']),
  iat: 'Tue Apr 04 18:39:39 UTC 2023',
  token_use: 'access',
  'cognito:groups': `[${groups.join(' ')}]`,
});

/** Creates the API Gateway event of a call. */
export function createApiEvent(call: ApiCall): APIGatewayProxyEvent {
  const [httpMethod = '', resource = ''] = call.route.split(' ');
  const body = call.text ?? (call.body === undefined ? null : JSON.stringify(call.body));
  const query = Object.entries(call.query ?? {}).map(([name, value]) => [name, [value].flat()]);
  const headers = { ...(body === null ? {} : { 'content-type': 'application/json' }), ...call.headers };
  return {
    httpMethod,
    resource,
    path: resource,
    pathParameters: call.path ?? null,
    multiValueQueryStringParameters: query.length > 0 ? Object.fromEntries(query) : null,
    headers,
    body,
    isBase64Encoded: false,
    requestContext: { requestId: randomUUID(), authorizer: call.claims ? { claims: call.claims } : null },
  } as unknown as APIGatewayProxyEvent;
}

/** Creates a Lambda context with 30 s of remaining time. */
export const createLambdaContext = () =>
  ({
    awsRequestId: randomUUID(),
    functionName: 'in-process',
    functionVersion: '$LATEST',
    getRemainingTimeInMillis: () => 30_000,
  }) as Context;
