import type * as z from 'zod';

/** The part of a CloudFormation template that the rules read. */
export interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: Properties }>>;
}

/** The properties of a resource. */
export type Properties = Readonly<Record<string, unknown>>;

/** Returns an ID for each thing that is wrong with a resource, as acknowledgements name it; empty if nothing is. */
export type RuleCheck = (properties: Properties, template: Template) => readonly string[];

/** A rule for resources of some types. */
export interface Rule {
  /** What the rule requires, as a sentence. */
  readonly description: string;
  /** The checks by resource type; `everything` applies to all types that are not listed. */
  readonly checks: Readonly<Record<string, RuleCheck>>;
}

/** Returns a check that a resource's properties match a schema. It returns the paths of those that do not. */
export function matchesShape(shape: z.ZodType): RuleCheck {
  return (properties) => shape.safeParse(properties).error?.issues.map(({ path }) => path.join('.')) ?? [];
}
