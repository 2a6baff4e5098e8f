/** What a script's file name says. `version` is null for a repeatable script. */
export interface ScriptName {
  readonly version: string | null;
  readonly description: string;
}

// Description and version go into varchar(200) and varchar(50) of the history table.
const VERSIONED = /^V(?<version>\d+(?:[._]\d+)*)__(?<description>.{1,200})\.sql$/;
const REPEATABLE = /^R__(?<description>.{1,200})\.sql$/;

/** Reads `V1_2__add_rooms.sql` as version `1.2`, `R__booking.sql` as a repeatable script; null if it is neither. */
export function parseScriptName(file: string): ScriptName | null {
  const { version, description } = (VERSIONED.exec(file) ?? REPEATABLE.exec(file))?.groups ?? {};
  if (description === undefined) return null;
  return { version: version?.replaceAll('_', '.') ?? null, description: description.replaceAll('_', ' ') };
}

/** Orders versions part by part as numbers of any length, a missing part being zero: 1 = 1.0 < 1.2 < 1.10 < 2. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(BigInt);
  const right = b.split('.').map(BigInt);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0n) - (right[i] ?? 0n);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return 0;
}
