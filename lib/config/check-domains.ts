import { getEmailDomain, isDomain, quoteValue } from './domain-names.ts';
import type { StageConfig } from './stages.ts';

/** Returns the errors in a stage's web origins, domains and sender address, one sentence each. */
export function findDomainErrors({ corsOrigins, apiDomain, email }: StageConfig): string[] {
  const allowsEveryOrigin = corsOrigins.includes('*');
  const rules: readonly (readonly [boolean, string])[] = [
    [corsOrigins.length > 0, "corsOrigins is empty: list the web origins that may call the API, or '*' alone"],
    [
      !allowsEveryOrigin || corsOrigins.length === 1,
      "corsOrigins has '*' together with other origins: use '*' alone or remove it",
    ],
    ...corsOrigins.map(
      (origin) =>
        [
          origin === '*' || isOrigin(origin),
          `corsOrigins ${quoteValue(origin)} is not an origin, such as https://medbook.example`,
        ] as const,
    ),
    [
      apiDomain === undefined || isDomain(apiDomain.name),
      `apiDomain.name ${quoteValue(apiDomain?.name)} is not a domain, such as api.medbook.example`,
    ],
    [
      apiDomain === undefined || isInZone(apiDomain.name, apiDomain.zone.name),
      `apiDomain.name ${quoteValue(apiDomain?.name)} is not in the zone ${quoteValue(apiDomain?.zone.name)}`,
    ],
    [
      apiDomain === undefined || ZONE_ID_PATTERN.test(apiDomain.zone.id),
      `apiDomain.zone.id ${quoteValue(apiDomain?.zone.id)} is not the ID of a hosted zone, such as Z0123456789ABCDEFGHIJ`,
    ],
    [isDomain(email.domain), `email.domain ${quoteValue(email.domain)} is not a domain, such as medbook.example`],
    [
      getEmailDomain(email.from) === email.domain,
      `email.from ${quoteValue(email.from)} is not an email address at ${email.domain}, such as no-reply@${email.domain}`,
    ],
    [
      email.hostedZoneId === undefined || ZONE_ID_PATTERN.test(email.hostedZoneId),
      `email.hostedZoneId ${quoteValue(email.hostedZoneId)} is not the ID of a hosted zone, such as Z0123456789ABCDEFGHIJ`,
    ],
  ];
  return rules.filter(([isMet]) => !isMet).map(([, message]) => message);
}

const ZONE_ID_PATTERN = /^Z[A-Z0-9]{1,31}$/;

const isInZone = (name: string, zone: string) => name === zone || name.endsWith(`.${zone}`);

/**
 * Returns whether a text is an origin as browsers send it: scheme and host in lower case, no path; https unless on
 * localhost.
 */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, protocol, hostname } = new URL(text);
  return origin === text && (protocol === 'https:' || hostname === 'localhost');
}
