/** A resource of a synthesized template. */
export interface Resource {
  /** The stack and the logical ID, for errors: `MedBook-dev-Data/Cache18F6EE16`. */
  readonly path: string;
  readonly type: string;
  readonly properties: unknown;
}

/** The part of a template that the cost model reads. */
export interface Template {
  readonly Resources?: Readonly<Record<string, { readonly Type: string; readonly Properties?: unknown }>>;
}

/** Returns all resources of templates, by the name of their stack. */
export function listResources(templates: Readonly<Record<string, Template>>): Resource[] {
  return Object.entries(templates).flatMap(([stack, { Resources = {} }]) =>
    Object.entries(Resources).map(([id, { Type, Properties = {} }]) => ({
      path: `${stack}/${id}`,
      type: Type,
      properties: Properties,
    })),
  );
}

/** Returns the resources of a type. */
export function findResources(resources: readonly Resource[], type: string): Resource[] {
  return resources.filter((resource) => resource.type === type);
}

/** Returns the value at a path of property names, or undefined. */
export function readValue({ properties }: Resource, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), properties);
}

/** Returns the number at a path of property names. Throws an error that names the property if there is none. */
export function readNumber(resource: Resource, ...keys: readonly string[]): number {
  const value = readValue(resource, ...keys);
  if (typeof value === 'number') return value;
  throw createPropertyError(resource, keys, 'a number', value);
}

/** Returns the text at a path of property names. Throws an error that names the property if there is none. */
export function readText(resource: Resource, ...keys: readonly string[]): string {
  const value = readValue(resource, ...keys);
  if (typeof value === 'string') return value;
  throw createPropertyError(resource, keys, 'a text', value);
}

/** Returns the list at a path of property names; without the property, an empty one. */
export function readList(resource: Resource, ...keys: readonly string[]): unknown[] {
  const value = readValue(resource, ...keys) ?? [];
  if (Array.isArray(value)) return value;
  throw createPropertyError(resource, keys, 'a list', value);
}

/** Returns whether a value is an object with keys. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function createPropertyError({ path, type }: Resource, keys: readonly string[], expected: string, value: unknown) {
  return new Error(
    `${path} (${type}): ${keys.join('.')} must be ${expected}, but is ${JSON.stringify(value)}. Change its part in lib/cost/.`,
  );
}
