import * as z from 'zod';

/** Resolves the references of intrinsic functions. Each method throws when the referenced value is missing. */
export interface Scope {
  ref(logicalId: string): string;
  attribute(logicalId: string, attribute: string): string;
  importValue(exportName: string): unknown;
}

/**
 * Returns the value with all CloudFormation intrinsics in it evaluated in `scope`.
 *
 * @throws when an intrinsic is not supported or refers to an unknown value
 */
export function evaluate(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => evaluate(item, scope));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [firstEntry] = entries;
  if (firstEntry && entries.length === 1 && (firstEntry[0] === 'Ref' || firstEntry[0].startsWith('Fn::')))
    return callIntrinsic(firstEntry[0], firstEntry[1], scope);
  return Object.fromEntries(entries.map(([key, item]) => [key, evaluate(item, scope)]));
}

const getAttSchema = z.union([
  z.tuple([z.string()], z.string()).transform(([id, ...rest]) => ({ id, name: rest.join('.') })),
  z.string().transform((text) => {
    const [id = '', ...rest] = text.split('.');
    return { id, name: rest.join('.') };
  }),
]);
const joinSchema = z.tuple([z.string(), z.array(z.coerce.string())]);
const splitSchema = z.tuple([z.string(), z.string()]);
const selectSchema = z.tuple([z.coerce.number().int(), z.array(z.unknown())]);
const subSchema = z.union([
  z.string().transform((text) => ({ text, variables: {} as Record<string, unknown> })),
  z.tuple([z.string(), z.record(z.string(), z.unknown())]).transform(([text, variables]) => ({ text, variables })),
]);

const INTRINSICS: Readonly<Record<string, (argument: unknown, scope: Scope) => unknown>> = {
  Ref: (argument, scope) => scope.ref(z.string().parse(argument)),
  'Fn::GetAtt': (argument, scope) => {
    const { id, name } = getAttSchema.parse(argument);
    return scope.attribute(id, name);
  },
  'Fn::ImportValue': (argument, scope) => scope.importValue(z.string().parse(evaluate(argument, scope))),
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = joinSchema.parse(evaluate(argument, scope));
    return parts.join(separator);
  },
  'Fn::Split': (argument, scope) => {
    const [separator, text] = splitSchema.parse(evaluate(argument, scope));
    return text.split(separator);
  },
  'Fn::Select': (argument, scope) => {
    const [index, items] = selectSchema.parse(evaluate(argument, scope));
    return items[index];
  },
  'Fn::Sub': (argument, scope) => {
    const { text, variables } = subSchema.parse(argument);
    return text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (name in variables) return String(evaluate(variables[name], scope));
      const [id = name, ...attribute] = name.split('.');
      return attribute.length === 0 ? scope.ref(name) : scope.attribute(id, attribute.join('.'));
    });
  },
};

function callIntrinsic(name: string, argument: unknown, scope: Scope): unknown {
  const intrinsic = INTRINSICS[name];
  if (!intrinsic) throw new Error(`The local gateway does not support the CloudFormation function ${name}.`);
  return intrinsic(argument, scope);
}
