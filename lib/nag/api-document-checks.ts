import { ROUTES } from '@medbook/contract/routes/api-functions';
import * as z from 'zod';
import type { RuleCheck } from './rule-types.ts';

/** Checks that an operation without an authorizer is public in the contract, or a mock that calls nothing. */
export const checkPublicByContract: RuleCheck = (properties) =>
  listOperations(properties)
    ?.filter(({ route, isMock, requirements }) => requirements.length === 0 && !isMock && !PUBLIC_ROUTES.has(route))
    .map(({ label }) => label) ?? ['Body'];

/** Checks that each alternative of an operation's security is the authorizer of user pools, with scopes. */
export const checkScopes: RuleCheck = (properties) =>
  listOperations(properties)
    ?.filter(({ requirements, authorizers }) =>
      requirements.some((requirement) => {
        const alternatives = Object.entries(requirement);
        return (
          alternatives.length === 0 ||
          alternatives.some(([name, scopes]) => !authorizers.has(name) || scopes.length === 0)
        );
      }),
    )
    .map(({ label }) => label) ?? [];

const PUBLIC_ROUTES: ReadonlySet<string> = new Set(
  ROUTES.filter(({ access }) => access === 'public').map(({ key }) => key),
);

const operationSchema = z.looseObject({
  security: z.array(z.record(z.string(), z.array(z.unknown()))).optional(),
  'x-amazon-apigateway-integration': z.looseObject({ type: z.string() }).optional(),
});

const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  security: operationSchema.shape.security,
  components: z
    .looseObject({
      securitySchemes: z.record(z.string(), z.looseObject({ 'x-amazon-apigateway-authtype': z.unknown().optional() })),
    })
    .optional(),
});

/** Returns the operations of the document from which API Gateway builds an API; undefined if there is no document of this form. */
function listOperations({ Body }: Readonly<Record<string, unknown>>) {
  const { data } = documentSchema.safeParse(Body);
  if (!data) return undefined;
  const { paths, security, components } = data;
  const authorizers = new Set(
    Object.entries(components?.securitySchemes ?? {})
      .filter(([, scheme]) => scheme['x-amazon-apigateway-authtype'] === 'cognito_user_pools')
      .map(([name]) => name),
  );
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([name, operation]) => {
      const method = name.toUpperCase();
      return {
        label: `${method} ${path}`,
        // HEAD is as public as its GET.
        route: `${method === 'HEAD' ? 'GET' : method} ${path}`,
        isMock: operation['x-amazon-apigateway-integration']?.type === 'mock',
        requirements: operation.security ?? security ?? [],
        authorizers,
      };
    }),
  );
}
