/** A token's claims as API Gateway passes them to a function: all values are strings. */
export type Claims = Readonly<Record<string, string>>;

/** Converts claims to strings as API Gateway does: lists become `a,b`, and `iat` and `exp` become Java dates in UTC. */
export function toClaims(payload: object): Claims {
  return Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, formatClaim(name, value)]));
}

function formatClaim(name: string, value: unknown): string {
  if ((name === 'exp' || name === 'iat') && typeof value === 'number') return formatJavaDate(new Date(value * 1000));
  if (Array.isArray(value)) return value.map(String).join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** For instance `Tue Apr 04 18:39:39 UTC 2023`. */
function formatJavaDate(time: Date): string {
  const [weekday = '', day, month, year, clock] = time.toUTCString().split(' ');
  return `${weekday.slice(0, 3)} ${month} ${day} ${clock} UTC ${year}`;
}
