import { randomInt } from 'node:crypto';
import { GROUPS } from '@medbook/contract/access';
import { CognitoServiceFactoryImpl } from 'cognito-local/lib/services/cognitoService.js';
import type { Context } from 'cognito-local/lib/services/context.js';
import { type CognitoService, DateClock, type Services } from 'cognito-local/lib/services/index.js';
import { JwtTokenGenerator } from 'cognito-local/lib/services/tokenGenerator.js';
import { UserPoolServiceFactoryImpl } from 'cognito-local/lib/services/userPoolService.js';
import { type CognitoMessage, createMessages } from './cognito-messages.ts';
import { createJsonStores } from './json-store.ts';
import { createPostConfirmationTrigger, type PostConfirmationTarget } from './post-confirmation-trigger.ts';

/** Options of `openUserPool`. */
export interface UserPoolOptions {
  readonly directory: string;
  readonly userPoolId: string;
  readonly clientId: string;
  readonly accessTokenSeconds: number;
  readonly onMessage: (message: CognitoMessage) => void;
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

/** Returns the emulator's services for the user pool in `directory`. Creates the pool, its client and its groups if missing. */
export async function openUserPool(options: UserPoolOptions): Promise<Services> {
  const { directory, userPoolId, onMessage, postConfirmation = () => undefined } = options;
  const [region = 'us-east-1'] = userPoolId.split('_');
  const clock = new DateClock();
  const stores = createJsonStores(directory);
  const pools = new UserPoolServiceFactoryImpl(clock, stores);
  // Users sign in with their email address, which a code confirms.
  const defaults = { UsernameAttributes: ['email'], AutoVerifiedAttributes: ['email'], MfaConfiguration: 'OFF' };
  const cognito = await new CognitoServiceFactoryImpl(directory, stores, pools).create(CONTEXT, defaults);
  const triggers = createPostConfirmationTrigger(region, postConfirmation);
  const tokenConfig = { IssuerDomain: `https://cognito-idp.${region}.amazonaws.com` };
  await seedUserPool(cognito, options);
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

async function seedUserPool(cognito: CognitoService, options: UserPoolOptions): Promise<void> {
  const { userPoolId, clientId, accessTokenSeconds } = options;
  const existingPools = await cognito.listUserPools(CONTEXT);
  if (!existingPools.some(({ Id }) => Id === userPoolId))
    await cognito.createUserPool(CONTEXT, { Id: userPoolId, Name: 'MedBook' });
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
  for (const GroupName of GROUPS) {
    if (await pool.getGroupByGroupName(CONTEXT, GroupName)) continue;
    await pool.saveGroup(CONTEXT, { GroupName, CreationDate: now, LastModifiedDate: now, members: [] });
  }
}
