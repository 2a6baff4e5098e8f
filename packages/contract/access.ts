/** The names of the user pools. */
export const POOLS = ['patients', 'staff'] as const;
/** The name of a user pool. */
export type Pool = (typeof POOLS)[number];

/**
 * The Cognito groups of each user pool. A user's group is the role in which they act; a group in a token of the other pool gives no
 * rights.
 */
export const GROUPS_BY_POOL = {
  patients: ['patient'],
  staff: ['doctor', 'receptionist', 'admin'],
} as const satisfies Readonly<Record<Pool, readonly string[]>>;

/** All groups. */
export const GROUPS = [...GROUPS_BY_POOL.patients, ...GROUPS_BY_POOL.staff] as const;
/** The name of a Cognito group. */
export type Group = (typeof GROUPS)[number];

/** Who may call a route: everyone, everyone with an access token, or the members of these groups. */
export type Access = 'public' | 'signed-in' | readonly Group[];
