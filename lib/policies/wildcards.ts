import * as z from 'zod';
import type { Check } from './rule.ts';
import { OURS, written } from './written.ts';

/** Checks that no policy allows actions by a wildcard, wherever in the resource it stands. */
export const namesActions: Check = (properties) =>
  allowedIn(properties)
    .filter((statement) => !leavesKeyToIam(statement))
    .flatMap(({ Action, NotAction }) => [...Action.filter((action) => action.includes('*')), ...NotAction.map(except)]);

/** Checks that no policy of a role allows something on `*`. A policy of a resource is about that resource, whatever it says. */
export const namesResources: Check = (properties) =>
  allowedIn(properties)
    .filter(({ Principal }) => Principal === undefined)
    .flatMap(({ Action, Resource, NotResource }) =>
      [...Resource.map(written).filter(isOpen), ...NotResource.map(written).map(except)].flatMap((resource) =>
        Action.map((action) => `${action} on ${resource}`),
      ),
    );

const list = <T extends z.ZodType>(item: T) => z.union([z.array(item), item.transform((one) => [one])]).default([]);

const effect = z.object({ Effect: z.enum(['Allow', 'Deny']) });
const statement = z.object({
  Principal: z.unknown().optional(),
  Action: list(z.string()),
  NotAction: list(z.string()),
  Resource: list(z.unknown()),
  NotResource: list(z.unknown()),
});
type Statement = z.output<typeof statement>;

/** The statements that allow something, of all policies in a value. (The statements of a web ACL have no effect.) */
function allowedIn(value: unknown): Statement[] {
  const { data } = effect.safeParse(value);
  if (data) return data.Effect === 'Allow' ? [statement.parse(value)] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(allowedIn) : [];
}

/** What belongs to a resource of ours, such as the versions of a function, may be any. */
const isOpen = (resource: string) => resource.includes('*') && !resource.slice(0, resource.indexOf('*')).includes(OURS);

const except = (excepted: string) => `all but ${excepted}`;

// Without this a key could be managed by nobody, and it gives nobody a right: IAM does. https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
function leavesKeyToIam({ Action, Principal }: Statement): boolean {
  const { data } = z.object({ AWS: z.unknown() }).safeParse(Principal);
  return Action.every((action) => action === 'kms:*') && written(data?.AWS).endsWith(':root');
}
