import { ROUTES } from '@medbook/contract/routes/api-functions';
import * as z from 'zod';
import type { RuleCheck, Template } from './rule-types.ts';

/** Checks that a method without authorization is public in the contract, or a mock that calls nothing. */
export const checkPublicByContract: RuleCheck = (properties, template) => {
  const { AuthorizationType, HttpMethod, ResourceId, Integration } = methodSchema.parse(properties);
  if (AuthorizationType !== 'NONE' || Integration?.Type === 'MOCK') return [];
  const path = getResourcePath(ResourceId, template);
  // HEAD is as public as its GET.
  const route = `${HttpMethod === 'HEAD' ? 'GET' : HttpMethod} ${path}`;
  return PUBLIC_ROUTES.has(route) ? [] : [`${HttpMethod} ${path}`];
};

/** Checks that a method with authorization has scopes. */
export const checkScopes: RuleCheck = (properties) => {
  const { AuthorizationType, AuthorizationScopes } = methodSchema.parse(properties);
  return AuthorizationType === 'NONE' || AuthorizationScopes.length > 0 ? [] : ['AuthorizationScopes'];
};

const PUBLIC_ROUTES: ReadonlySet<string> = new Set(
  ROUTES.filter(({ access }) => access === 'public').map(({ key }) => key),
);

const methodSchema = z.object({
  HttpMethod: z.string(),
  AuthorizationType: z.string().default('NONE'),
  AuthorizationScopes: z.array(z.unknown()).default([]),
  ResourceId: z.unknown().optional(),
  Integration: z.object({ Type: z.string() }).optional(),
});

const resourceSchema = z.object({ ParentId: z.unknown().optional(), PathPart: z.string() });

/** Returns the path of an API resource; empty for the root and for resources outside the template. */
function getResourcePath(reference: unknown, template: Template): string {
  const name = z.object({ Ref: z.string() }).safeParse(reference).data?.Ref ?? '';
  const { data } = resourceSchema.safeParse(template.Resources[name]?.Properties);
  return data ? `${getResourcePath(data.ParentId, template)}/${data.PathPart}` : '';
}
