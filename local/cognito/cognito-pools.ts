import { randomInt } from 'node:crypto';
import { GROUPS_BY_POOL, POOLS, type Pool } from '@medbook/contract/access';
import { CognitoServiceFactoryImpl } from 'cognito-local/lib/services/cognitoService.js';
import type { Context } from 'cognito-local/lib/services/context.js';
import { type CognitoService, DateClock, type Services } from 'cognito-local/lib/services/index.js';
import { JwtTokenGenerator } from 'cognito-local/lib/services/tokenGenerator.js';
import { UserPoolServiceFactoryImpl } from 'cognito-local/lib/services/userPoolService.js';
import { type CognitoMessage, createMessages } from './cognito-messages.ts';
import { createJsonStores } from './json-store.ts';
import { createPostConfirmationTrigger, type PostConfirmationTarget } from './post-confirmation-trigger.ts';

/** The ids of a user pool and of its client. */
export interface UserPoolIds {
  /** In the format of AWS, `us-east-1_LocalPool1`; it determines the issuer in the tokens. */
  readonly userPoolId: string;
  readonly clientId: string;
}

/** Options of `openUserPools`. */
export interface UserPoolsOptions {
  readonly directory: string;
  /** Of one region. */
  readonly pools: Readonly<Record<Pool, UserPoolIds>>;
  readonly accessTokenSeconds: number;
  readonly onMessage: (message: CognitoMessage) => void;
  /** For the pool of patients. */
  readonly postConfirmation?: () => PostConfirmationTarget | undefined;
}

const noop = () => {};
/** Discards the emulator's logs, because they contain passwords. */
export const SILENT_LOGGER: Context['logger'] = {
  debug: noop,
  info: noop,
  warn: noop,
  error: noop,
  child: () => SILENT_LOGGER,
};
const CONTEXT: Context = { logger: SILENT_LOGGER };

/** Returns the emulator's services for the user pools in `directory`. Creates pools, clients and groups that are missing. */
export async function openUserPools(options: UserPoolsOptions): Promise<Services> {
  const { directory, pools, onMessage, postConfirmation = () => undefined } = options;
  const [region = 'us-east-1'] = pools.patients.userPoolId.split('_');
  const clock = new DateClock();
  const stores = createJsonStores(directory);
  // Users sign in with their email address, which a code confirms.
  const defaults = { UsernameAttributes: ['email'], AutoVerifiedAttributes: ['email'], MfaConfiguration: 'OFF' };
  const poolServices = new UserPoolServiceFactoryImpl(clock, stores);
  const cognito = await new CognitoServiceFactoryImpl(directory, stores, poolServices).create(CONTEXT, defaults);
  const triggers = createPostConfirmationTrigger(region, postConfirmation);
  const tokenConfig = { IssuerDomain: `https://cognito-idp.${region}.amazonaws.com` };
  for (const pool of POOLS) await seedUserPool(cognito, pool, options);
  return {
    clock,
    cognito,
    triggers,
    messages: createMessages(onMessage),
    otp: () => String(randomInt(1_000_000)).padStart(6, '0'),
    tokenGenerator: new JwtTokenGenerator(clock, triggers, tokenConfig),
    config: {
      LambdaClient: {},
      ServerConfig: {},
      TriggerFunctions: {},
      TokenConfig: tokenConfig,
      UserPoolDefaults: defaults,
    },
  };
}

async function seedUserPool(cognito: CognitoService, name: Pool, options: UserPoolsOptions): Promise<void> {
  const { pools, accessTokenSeconds } = options;
  const { userPoolId, clientId } = pools[name];
  const existingPools = await cognito.listUserPools(CONTEXT);
  if (!existingPools.some(({ Id }) => Id === userPoolId))
    await cognito.createUserPool(CONTEXT, { Id: userPoolId, Name: `MedBook ${name}` });
  const pool = await cognito.getUserPool(CONTEXT, userPoolId);
  const now = new Date();
  // Saved at every start, so that changes to this file take effect.
  await pool.saveAppClient(CONTEXT, {
    ClientId: clientId,
    ClientName: 'web',
    UserPoolId: userPoolId,
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    AccessTokenValidity: accessTokenSeconds,
    IdTokenValidity: accessTokenSeconds,
    RefreshTokenValidity: 30,
    TokenValidityUnits: { AccessToken: 'seconds', IdToken: 'seconds', RefreshToken: 'days' },
    CreationDate: now,
    LastModifiedDate: now,
  });
  for (const GroupName of GROUPS_BY_POOL[name]) {
    if (await pool.getGroupByGroupName(CONTEXT, GroupName)) continue;
    await pool.saveGroup(CONTEXT, { GroupName, CreationDate: now, LastModifiedDate: now, members: [] });
  }
}
