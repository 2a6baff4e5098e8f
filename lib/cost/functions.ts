import { findResources, isObject, type Resource, readNumber, readText, readValue } from './resources.ts';

/** Returns the function whose logical ID begins with the ID of its construct. Throws an error if there is none. */
export function findFunction(resources: readonly Resource[], constructIds: string): Resource {
  return findOne(resources, 'AWS::Lambda::Function', constructIds);
}

/** Returns the function that a schedule invokes through its alias. */
export function findTarget(resources: readonly Resource[], schedule: Resource): Resource {
  const alias = findOne(resources, 'AWS::Lambda::Alias', readReference(schedule, 'Target', 'Arn'));
  return findOne(resources, 'AWS::Lambda::Function', readReference(alias, 'FunctionName'));
}

/** Returns the memory of a function, as Lambda bills it. */
export function readGigabytes(lambdaFunction: Resource): number {
  return readNumber(lambdaFunction, 'MemorySize') / 1024;
}

/**
 * Returns the share of invocations that are traced when no caller decides: all, because the first one of each second
 * is, and Lambda's rate cannot be configured; or none without active tracing.
 */
export function readTracedShare(lambdaFunction: Resource): number {
  return readValue(lambdaFunction, 'TracingConfig', 'Mode') === 'Active' ? 1 : 0;
}

/** Returns the share of the API's requests that are traced. Without a rule of its own, the first one of each second is: all, at low load. */
export function readApiTraceRate(resources: readonly Resource[]): number {
  const rule = findResources(resources, 'AWS::XRay::SamplingRule').find(
    (candidate) => readText(candidate, 'SamplingRule', 'ServiceType') === 'AWS::ApiGateway::Stage',
  );
  if (rule === undefined || readNumber(rule, 'SamplingRule', 'ReservoirSize') > 0) return 1;
  return readNumber(rule, 'SamplingRule', 'FixedRate');
}

function findOne(resources: readonly Resource[], type: string, idPrefix: string): Resource {
  const found = findResources(resources, type).find(({ path }) => path.split('/')[1]?.startsWith(idPrefix));
  if (found) return found;
  throw new Error(
    `The templates have no ${type} whose logical ID begins with ${idPrefix}. Change its name in lib/cost/.`,
  );
}

function readReference(resource: Resource, ...keys: readonly string[]): string {
  const value = readValue(resource, ...keys);
  if (isObject(value) && typeof value.Ref === 'string') return value.Ref;
  throw new Error(`${resource.path}: ${keys.join('.')} must be a reference, but is ${JSON.stringify(value)}.`);
}
