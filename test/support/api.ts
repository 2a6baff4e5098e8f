import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { accountRoutes } from '../../lambdas/accounts/patient-routes.ts';
import { connectUserPool } from '../../lambdas/accounts/user-pool.ts';
import { changeRoutes } from '../../lambdas/appointments/change-routes.ts';
import { appointmentRoutes } from '../../lambdas/appointments/patient-routes.ts';
import { availabilityRoutes } from '../../lambdas/availability/public-routes.ts';
import { publicClinicRoutes } from '../../lambdas/clinics/public-routes.ts';
import { staffClinicRoutes } from '../../lambdas/clinics/staff-routes.ts';
import { publicDoctorRoutes } from '../../lambdas/doctors/public-routes.ts';
import { staffDoctorRoutes } from '../../lambdas/doctors/staff-routes.ts';
import { availabilityApiRoutes } from '../../lambdas/entry/availability-api.contract.ts';
import { patientApiRoutes } from '../../lambdas/entry/patient-api.contract.ts';
import { staffApiRoutes } from '../../lambdas/entry/staff-api.contract.ts';
import { unsubscribeRoutes } from '../../lambdas/notifications/unsubscribe-routes.ts';
import { scheduleRoutes } from '../../lambdas/schedules/staff-routes.ts';
import type { Access } from '../../lambdas/shared/access.ts';
import { httpHandler } from '../../lambdas/shared/http/handler.ts';
import type { Route } from '../../lambdas/shared/http/route.ts';
import type { Db } from '../../lambdas/shared/sql.ts';

/** The functions that answer HTTP from the database, with their routes as the entry files put them together. */
export const FUNCTIONS = {
  availability_api: {
    access: availabilityApiRoutes,
    routes: { ...publicClinicRoutes, ...publicDoctorRoutes, ...availabilityRoutes },
  },
  patient_api: {
    access: patientApiRoutes,
    routes: { ...accountRoutes, ...appointmentRoutes, ...changeRoutes, ...unsubscribeRoutes },
  },
  staff_api: { access: staffApiRoutes, routes: { ...staffClinicRoutes, ...staffDoctorRoutes, ...scheduleRoutes } },
} as const;

type Described = Omit<Route<never>, 'run'>;

interface ListedRoute {
  /** API Gateway's own method and resource: `GET /clinics/{clinicId}`. */
  readonly key: string;
  readonly access: Access;
  readonly route: Described;
}

/** Every route of these functions. */
export const ROUTES: readonly ListedRoute[] = Object.values(FUNCTIONS).flatMap(({ access, routes }) => {
  const routeByKey = new Map<string, Described>(Object.entries(routes));
  return Object.entries<Access>(access).map(([key, permitted]) => {
    const route = routeByKey.get(key);
    if (!route) throw new Error(`The contract names ${key}, which no route answers.`);
    return { key, access: permitted, route };
  });
});

/** A call as API Gateway would pass it on. `body` is sent as JSON; `text` as it is. */
export interface ApiCall {
  readonly route: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly text?: string;
  readonly claims?: object;
}

/** The answer, its body parsed when it is JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: APIGatewayProxyResult['headers'];
  readonly body: unknown;
}

export type Api = (call: ApiCall) => Promise<ApiAnswer>;

/** The whole API on connections of the functions' own roles, without API Gateway: the claims are believed as its authorizer's. */
export function apiOn(connect: (role: string) => Db): Api {
  const userPool = connectUserPool('us-east-1_Test');
  const { availability_api, patient_api, staff_api } = FUNCTIONS;
  const functions = [
    {
      access: availability_api.access,
      handler: httpHandler({ ...availability_api, deps: { db: connect('availability_api') }, corsOrigins: '*' }),
    },
    {
      access: patient_api.access,
      handler: httpHandler({ ...patient_api, deps: { db: connect('patient_api'), userPool }, corsOrigins: '*' }),
    },
    {
      access: staff_api.access,
      handler: httpHandler({ ...staff_api, deps: { db: connect('staff_api'), userPool }, corsOrigins: '*' }),
    },
  ];
  return async (call) => {
    const owner = functions.find(({ access }) => call.route in access);
    if (!owner) throw new Error(`No function answers ${call.route}.`);
    return answerOf(await owner.handler(eventOf(call), lambdaContext()));
  };
}

function answerOf(result: unknown): ApiAnswer {
  const { statusCode, headers, body } = result as APIGatewayProxyResult;
  const isJson = String(headers?.['Content-Type']).includes('json');
  return { status: statusCode, headers, body: isJson ? JSON.parse(body) : body };
}

/** The claims of an access token. */
export const claimsOf = (sub: string, ...groups: string[]) => ({
  sub,
  username: sub,
  token_use: 'access',
  'cognito:groups': `[${groups.join(' ')}]`,
});

/** The event of a call. */
export function eventOf(call: ApiCall): APIGatewayProxyEvent {
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

/** What Lambda passes beside the event: half a minute is left. */
export const lambdaContext = () => ({ awsRequestId: randomUUID(), getRemainingTimeInMillis: () => 30_000 }) as Context;
