import * as z from 'zod';

/** The placeholder for a value that comes from a resource of ours. */
export const OWN_RESOURCE = '<ours>';

/**
 * Returns a template value as text, with placeholders for what only the deployment resolves: `<AWS::Region>` or
 * `OWN_RESOURCE`. Any other CloudFormation function is returned as JSON, so that no wildcard in it is lost.
 */
export function renderValue(value: unknown): string {
  if (typeof value === 'string') return value;
  const { data } = intrinsicSchema.safeParse(value);
  if (data === undefined) return JSON.stringify(value) ?? '';
  if ('Fn::Join' in data) {
    const [separator, parts] = data['Fn::Join'];
    return parts.map(renderValue).join(separator);
  }
  return 'Ref' in data && data.Ref.startsWith('AWS::') ? `<${data.Ref}>` : OWN_RESOURCE;
}

const intrinsicSchema = z.union([
  z.object({ Ref: z.string() }),
  z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) }),
  z.object({ 'Fn::GetAtt': z.unknown() }),
  z.object({ 'Fn::ImportValue': z.unknown() }),
]);
