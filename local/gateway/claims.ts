/** A token's claims as API Gateway hands them to a function: texts, all of them. */
export type Claims = Readonly<Record<string, string>>;

/** Lists become `a,b`, and the times of issue and expiry the text of a Java date, as API Gateway makes them. */
export function claimsOf(payload: object): Claims {
  return Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, claimText(name, value)]));
}

function claimText(name: string, value: unknown): string {
  if ((name === 'exp' || name === 'iat') && typeof value === 'number') return javaDate(new Date(value * 1000));
  if (Array.isArray(value)) return value.map(String).join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** For instance `Tue Apr 04 18:39:39 UTC 2023`. */
function javaDate(time: Date): string {
  const [weekday = '', day, month, year, clock] = time.toUTCString().split(' ');
  return `${weekday.slice(0, 3)} ${month} ${day} ${clock} UTC ${year}`;
}
