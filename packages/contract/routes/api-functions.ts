import type { Access } from '../access.ts';
import type { Operation, RouteKey, RouteTable } from '../operation.ts';
import { availabilityApi } from './availability-api.ts';
import { docsApi } from './docs-api.ts';
import { patientApi } from './patient-api.ts';
import { staffApi } from './staff-api.ts';

interface ApiFunction {
  readonly routes: RouteTable;
  /** Whether the function limits the requests of each caller. */
  readonly isRateLimited: boolean;
}

/** The functions behind the API, by the id of their construct. */
export const API_FUNCTIONS = {
  Docs: { routes: docsApi, isRateLimited: false },
  AvailabilityApi: { routes: availabilityApi, isRateLimited: true },
  PatientApi: { routes: patientApi, isRateLimited: true },
  StaffApi: { routes: staffApi, isRateLimited: true },
} as const satisfies Record<string, ApiFunction>;

interface ListedRoute {
  readonly key: RouteKey;
  readonly operation: Operation;
  readonly access: Access;
  readonly isRateLimited: boolean;
}

/** Every route of the API. */
export const ROUTES: readonly ListedRoute[] = Object.values<ApiFunction>(API_FUNCTIONS).flatMap(
  ({ routes, isRateLimited }) =>
    Object.entries<Operation>(routes).map(([key, operation]) => ({
      key: key as RouteKey,
      operation,
      access: operation.access,
      isRateLimited,
    })),
);
