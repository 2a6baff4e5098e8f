import * as z from 'zod';
import { OWN_RESOURCE, renderValue } from './render-value.ts';
import type { RuleCheck } from './rule-types.ts';

/** Checks that no policy in a resource allows actions by a wildcard. */
export const findActionWildcards: RuleCheck = (properties) =>
  findAllowStatements(properties)
    .filter((statement) => !delegatesKeyToIam(statement))
    .flatMap(({ Action, NotAction }) => [
      ...Action.filter((action) => action.includes('*')),
      ...NotAction.map(allExcept),
    ]);

/**
 * Checks that no identity policy allows actions on a wildcard. Resource policies, which have a principal, apply to
 * their own resource only.
 */
export const findResourceWildcards: RuleCheck = (properties) =>
  findAllowStatements(properties)
    .filter(({ Principal }) => Principal === undefined)
    .flatMap(({ Action, Resource, NotResource }) =>
      [...Resource.map(renderValue).filter(isUnscoped), ...NotResource.map(renderValue).map(allExcept)].flatMap(
        (resource) => Action.map((action) => `${action} on ${resource}`),
      ),
    );

const listSchema = <T extends z.ZodType>(item: T) =>
  z.union([z.array(item), item.transform((one) => [one])]).default([]);

const effectSchema = z.object({ Effect: z.enum(['Allow', 'Deny']) });
const statementSchema = z.object({
  Principal: z.unknown().optional(),
  Action: listSchema(z.string()),
  NotAction: listSchema(z.string()),
  Resource: listSchema(z.unknown()),
  NotResource: listSchema(z.unknown()),
});
type Statement = z.output<typeof statementSchema>;

/** Returns the Allow statements of all policies in a value. (The statements of a web ACL have no `Effect`.) */
function findAllowStatements(value: unknown): Statement[] {
  const { data } = effectSchema.safeParse(value);
  if (data) return data.Effect === 'Allow' ? [statementSchema.parse(value)] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(findAllowStatements) : [];
}

/** A wildcard after a resource of ours is allowed, such as for the versions of a function. */
const isUnscoped = (resource: string) =>
  resource.includes('*') && !resource.slice(0, resource.indexOf('*')).includes(OWN_RESOURCE);

const allExcept = (value: string) => `all but ${value}`;

// This CDK default statement grants nothing by itself: it lets IAM policies control the key.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
function delegatesKeyToIam({ Action, Principal }: Statement): boolean {
  const { data } = z.object({ AWS: z.unknown() }).safeParse(Principal);
  return Action.every((action) => action === 'kms:*') && renderValue(data?.AWS).endsWith(':root');
}
