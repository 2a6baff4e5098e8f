import * as z from 'zod';

/** Where an intrinsic function finds what it names. Each throws a sentence that says what is missing. */
export interface Scope {
  ref(logicalId: string): string;
  attribute(logicalId: string, attribute: string): string;
  imported(exportName: string): unknown;
}

/**
 * The value with every CloudFormation intrinsic inside replaced by what it means in `scope`.
 *
 * @throws when an intrinsic is not one of those that the CDK writes for us, or names something unknown
 */
export function evaluate(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => evaluate(item, scope));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (only && entries.length === 1 && (only[0] === 'Ref' || only[0].startsWith('Fn::')))
    return call(only[0], only[1], scope);
  return Object.fromEntries(entries.map(([key, item]) => [key, evaluate(item, scope)]));
}

const attributeName = z.union([
  z.tuple([z.string()], z.string()).transform(([id, ...rest]) => ({ id, name: rest.join('.') })),
  z.string().transform((text) => {
    const [id = '', ...rest] = text.split('.');
    return { id, name: rest.join('.') };
  }),
]);
const joined = z.tuple([z.string(), z.array(z.coerce.string())]);
const separated = z.tuple([z.string(), z.string()]);
const selected = z.tuple([z.coerce.number().int(), z.array(z.unknown())]);
const substituted = z.union([
  z.string().transform((text) => ({ text, variables: {} as Record<string, unknown> })),
  z.tuple([z.string(), z.record(z.string(), z.unknown())]).transform(([text, variables]) => ({ text, variables })),
]);

const INTRINSICS: Readonly<Record<string, (argument: unknown, scope: Scope) => unknown>> = {
  Ref: (argument, scope) => scope.ref(z.string().parse(argument)),
  'Fn::GetAtt': (argument, scope) => {
    const { id, name } = attributeName.parse(argument);
    return scope.attribute(id, name);
  },
  'Fn::ImportValue': (argument, scope) => scope.imported(z.string().parse(evaluate(argument, scope))),
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = joined.parse(evaluate(argument, scope));
    return parts.join(separator);
  },
  'Fn::Split': (argument, scope) => {
    const [separator, text] = separated.parse(evaluate(argument, scope));
    return text.split(separator);
  },
  'Fn::Select': (argument, scope) => {
    const [index, items] = selected.parse(evaluate(argument, scope));
    return items[index];
  },
  'Fn::Sub': (argument, scope) => {
    const { text, variables } = substituted.parse(argument);
    return text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (name in variables) return String(evaluate(variables[name], scope));
      const [id = name, ...attribute] = name.split('.');
      return attribute.length === 0 ? scope.ref(name) : scope.attribute(id, attribute.join('.'));
    });
  },
};

function call(name: string, argument: unknown, scope: Scope): unknown {
  const intrinsic = INTRINSICS[name];
  if (!intrinsic) throw new Error(`The local gateway does not know the CloudFormation function ${name}.`);
  return intrinsic(argument, scope);
}
