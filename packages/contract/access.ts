/** The Cognito groups. A user's group is the role in which they act. */
export const GROUPS = ['patient', 'doctor', 'admin'] as const;
/** The name of a Cognito group. */
export type Group = (typeof GROUPS)[number];

/** Who may call a route: everyone, everyone with an access token, or the members of these groups. */
export type Access = 'public' | 'signed-in' | readonly Group[];
