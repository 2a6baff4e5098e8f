import * as z from 'zod';

/** What stands in a text for a value that a resource of ours has. */
export const OURS = '<ours>';

/**
 * A value of a template as text. What AWS knows only when it deploys has its place held: `<AWS::Region>`, or `OURS`. Any other
 * function of CloudFormation stays as it is, so that no wildcard in it is lost.
 */
export function written(value: unknown): string {
  if (typeof value === 'string') return value;
  const { data } = intrinsic.safeParse(value);
  if (data === undefined) return JSON.stringify(value) ?? '';
  if ('Fn::Join' in data) {
    const [separator, parts] = data['Fn::Join'];
    return parts.map(written).join(separator);
  }
  return 'Ref' in data && data.Ref.startsWith('AWS::') ? `<${data.Ref}>` : OURS;
}

const intrinsic = z.union([
  z.object({ Ref: z.string() }),
  z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) }),
  z.object({ 'Fn::GetAtt': z.unknown() }),
  z.object({ 'Fn::ImportValue': z.unknown() }),
]);
