/**
 * Returns the value of a flag from the context, such as `-c firstDeployment=true`; false if it is absent.
 * @throws if the value is neither true nor false
 */
export function parseFlag(name: string, value: unknown): boolean {
  // The command line passes text, cdk.json a boolean.
  if (value === true || value === 'true') return true;
  if (value === undefined || value === false || value === 'false') return false;
  throw new Error(`The context value ${name} is ${JSON.stringify(value)}. Write -c ${name}=true or omit it.`);
}
