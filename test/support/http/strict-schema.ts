import * as z from 'zod';

const INSTANT_PATTERN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/**
 * Returns the schema as responses must match it: unknown fields are rejected, and instants must be in UTC and whole seconds.
 * Schemas with a catchall keep it.
 */
export function toStrictSchema(schema: z.core.$ZodType): z.ZodType {
  if (schema instanceof z.ZodObject) {
    if (schema.def.catchall) return schema;
    return z.strictObject(
      Object.fromEntries(
        Object.entries<z.core.$ZodType>(schema.shape).map(([key, field]) => [key, toStrictSchema(field)]),
      ),
    );
  }
  if (schema instanceof z.ZodArray) return z.array(toStrictSchema(schema.element));
  if (schema instanceof z.ZodOptional) return toStrictSchema(schema.unwrap()).optional();
  if (schema instanceof z.ZodNullable) return toStrictSchema(schema.unwrap()).nullable();
  if (schema instanceof z.ZodUnion) return z.union(schema.options.map(toStrictSchema));
  if (!(schema instanceof z.ZodType)) throw new Error('Only schemas of zod itself can be made strict.');
  return schema.meta()?.format === 'date-time' ? z.string().regex(INSTANT_PATTERN) : schema;
}
