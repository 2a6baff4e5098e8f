import type * as z from 'zod';

/** A template of CloudFormation, as far as the rules read it. */
export interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: Properties }>>;
}

export type Properties = Readonly<Record<string, unknown>>;

/** Names what is wrong with a resource, as short as it can stand in an acknowledgement; nothing if nothing is. */
export type Check = (properties: Properties, template: Template) => readonly string[];

export interface Rule {
  /** What holds, in a sentence. */
  readonly says: string;
  /** What is checked of each type of resource, `everything` being all the types that are not named. */
  readonly on: Readonly<Record<string, Check>>;
}

/** A check that a resource's properties have a shape. Its faults are the properties that do not. */
export function fits(shape: z.ZodType): Check {
  return (properties) => shape.safeParse(properties).error?.issues.map(({ path }) => path.join('.')) ?? [];
}
