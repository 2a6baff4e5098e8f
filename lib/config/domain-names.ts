/** Returns whether a name is a domain name in lower case with at least two labels and no trailing dot. */
export function isDomain(name: string): boolean {
  return DOMAIN_PATTERN.test(name);
}

/** Returns the domain of an email address, or undefined if the address is invalid. */
export function getEmailDomain(address: string): string | undefined {
  const domain = ADDRESS_PATTERN.exec(address)?.[1];
  return domain !== undefined && isDomain(domain) ? domain : undefined;
}

/** Returns a value in double quotes, for error messages. */
export function quoteValue(value: string | undefined): string {
  return JSON.stringify(value ?? '');
}

const LABEL_PATTERN = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const DOMAIN_PATTERN = new RegExp(`^(?=.{1,253}$)(?:${LABEL_PATTERN}\\.)+[a-z]{2,63}$`);
const ADDRESS_PATTERN = /^[\w.+-]{1,64}@(.+)$/;
