/** Whether a name is a domain as DNS has it, in lower case: at least two labels, no dot at the end. */
export function isDomain(name: string): boolean {
  return DOMAIN.test(name);
}

/** The domain of an e-mail address; undefined for what is none. */
export function domainOf(address: string): string | undefined {
  const domain = ADDRESS.exec(address)?.[1];
  return domain !== undefined && isDomain(domain) ? domain : undefined;
}

/** A value as a sentence quotes it. */
export function quoted(value: string | undefined): string {
  return JSON.stringify(value ?? '');
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const DOMAIN = new RegExp(`^(?=.{1,253}$)(?:${LABEL}\\.)+[a-z]{2,63}$`);
const ADDRESS = /^[\w.+-]{1,64}@(.+)$/;
