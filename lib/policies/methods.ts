import * as z from 'zod';
import { availabilityApiRoutes } from '../../lambdas/entry/availability-api.contract.ts';
import { docsRoutes } from '../../lambdas/entry/docs.contract.ts';
import { patientApiRoutes } from '../../lambdas/entry/patient-api.contract.ts';
import { staffApiRoutes } from '../../lambdas/entry/staff-api.contract.ts';
import type { Check, Template } from './rule.ts';

/** Checks that a method without authorization is public by its contract, or calls nothing. */
export const isPublicByContract: Check = (properties, template) => {
  const { AuthorizationType, HttpMethod, ResourceId, Integration } = method.parse(properties);
  if (AuthorizationType !== 'NONE' || Integration?.Type === 'MOCK') return [];
  const path = pathOf(ResourceId, template);
  // HEAD shows no more than its GET.
  const route = `${HttpMethod === 'HEAD' ? 'GET' : HttpMethod} ${path}`;
  return PUBLIC.has(route) ? [] : [`${HttpMethod} ${path}`];
};

/** Checks that a method with authorization has scopes. */
export const hasScopes: Check = (properties) => {
  const { AuthorizationType, AuthorizationScopes } = method.parse(properties);
  return AuthorizationType === 'NONE' || AuthorizationScopes.length > 0 ? [] : ['AuthorizationScopes'];
};

const PUBLIC = new Set(
  [docsRoutes, availabilityApiRoutes, patientApiRoutes, staffApiRoutes]
    .flatMap((routes) => Object.entries<unknown>(routes))
    .filter(([, access]) => access === 'public')
    .map(([route]) => route),
);

const method = z.object({
  HttpMethod: z.string(),
  AuthorizationType: z.string().default('NONE'),
  AuthorizationScopes: z.array(z.unknown()).default([]),
  ResourceId: z.unknown().optional(),
  Integration: z.object({ Type: z.string() }).optional(),
});

const child = z.object({ ParentId: z.unknown().optional(), PathPart: z.string() });

/** The path of a resource of the API, from its parts; the root, and what is not of this template, has none. */
function pathOf(reference: unknown, template: Template): string {
  const name = z.object({ Ref: z.string() }).safeParse(reference).data?.Ref ?? '';
  const { data } = child.safeParse(template.Resources[name]?.Properties);
  return data ? `${pathOf(data.ParentId, template)}/${data.PathPart}` : '';
}
