import { domainOf, isDomain, quoted } from './spelling.ts';
import type { StageConfig } from './stages.ts';

/** What is wrong with a stage's web origins, its domains and its mail address, in sentences: found before anything is created. */
export function faultsOfNames({ corsOrigins, apiDomain, mail }: StageConfig): string[] {
  const everyone = corsOrigins.includes('*');
  const rules: readonly (readonly [boolean, string])[] = [
    [corsOrigins.length > 0, "corsOrigins is empty: name the web pages that may call the API, or '*' alone"],
    [!everyone || corsOrigins.length === 1, "corsOrigins has '*' beside others: name the others, or '*' alone"],
    ...corsOrigins.map(
      (origin) =>
        [
          origin === '*' || isOrigin(origin),
          `corsOrigins ${quoted(origin)} is not an origin, such as https://medbook.example`,
        ] as const,
    ),
    [
      apiDomain === undefined || isDomain(apiDomain.name),
      `apiDomain.name ${quoted(apiDomain?.name)} is not a domain, such as api.medbook.example`,
    ],
    [
      apiDomain === undefined || isWithin(apiDomain.name, apiDomain.zone.name),
      `apiDomain.name ${quoted(apiDomain?.name)} is not in the zone ${quoted(apiDomain?.zone.name)}`,
    ],
    [
      apiDomain === undefined || ZONE.test(apiDomain.zone.id),
      `apiDomain.zone.id ${quoted(apiDomain?.zone.id)} is not the id of a hosted zone, such as Z0123456789ABCDEFGHIJ`,
    ],
    [isDomain(mail.domain), `mail.domain ${quoted(mail.domain)} is not a domain, such as medbook.example`],
    [
      domainOf(mail.from) === mail.domain,
      `mail.from ${quoted(mail.from)} is not an address at ${mail.domain}, such as no-reply@${mail.domain}`,
    ],
    [
      mail.hostedZoneId === undefined || ZONE.test(mail.hostedZoneId),
      `mail.hostedZoneId ${quoted(mail.hostedZoneId)} is not the id of a hosted zone, such as Z0123456789ABCDEFGHIJ`,
    ],
  ];
  return rules.filter(([holds]) => !holds).map(([, fault]) => fault);
}

const ZONE = /^Z[A-Z0-9]{1,31}$/;

const isWithin = (name: string, zone: string) => name === zone || name.endsWith(`.${zone}`);

/** As a browser sends it: a scheme and a host in lower case, nothing after them. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, protocol, hostname } = new URL(text);
  return origin === text && (protocol === 'https:' || hostname === 'localhost');
}
