/** The parts of a script's file name. `version` is null for a repeatable script. */
export interface ScriptName {
  readonly version: string | null;
  readonly description: string;
}

// The history table has varchar(200) for descriptions and varchar(50) for versions.
const VERSIONED = /^V(?<version>\d+(?:[._]\d+)*)__(?<description>.{1,200})\.sql$/;
const REPEATABLE = /^R__(?<description>.{1,200})\.sql$/;

/** Parses `V1_2__add_rooms.sql` as version `1.2` and `R__booking.sql` as a repeatable script. Returns null for any other name. */
export function parseScriptName(file: string): ScriptName | null {
  const { version, description } = (VERSIONED.exec(file) ?? REPEATABLE.exec(file))?.groups ?? {};
  if (description === undefined) return null;
  return { version: version?.replaceAll('_', '.') ?? null, description: description.replaceAll('_', ' ') };
}

/** Compares versions part by part, as numbers of any length; a missing part is 0: 1 = 1.0 < 1.2 < 1.10 < 2. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(BigInt);
  const right = b.split('.').map(BigInt);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0n) - (right[i] ?? 0n);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return 0;
}
