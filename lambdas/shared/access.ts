/** The Cognito groups, and so the roles that somebody can act in (design: "Security"). */
export const GROUPS = ['patient', 'doctor', 'admin'] as const;
export type Group = (typeof GROUPS)[number];

/** Who may call a route: everybody, everybody with an access token, or the members of these groups. */
export type Access = 'public' | 'signed-in' | readonly Group[];

/** The routes of one function: API Gateway's own method and resource, and who may call them. */
export type RouteAccess = Readonly<Record<`${'GET' | 'POST' | 'PATCH' | 'DELETE'} /${string}`, Access>>;
