import { randomInt } from 'node:crypto';
import { CognitoServiceFactoryImpl } from 'cognito-local/lib/services/cognitoService.js';
import type { Context } from 'cognito-local/lib/services/context.js';
import { type CognitoService, DateClock, type Services } from 'cognito-local/lib/services/index.js';
import { JwtTokenGenerator } from 'cognito-local/lib/services/tokenGenerator.js';
import { UserPoolServiceFactoryImpl } from 'cognito-local/lib/services/userPoolService.js';
import { GROUPS } from '../../lambdas/shared/access.ts';
import { type CognitoMessage, messagesTo } from './cognito-messages.ts';
import { type PostConfirmationTarget, postConfirmationTrigger } from './cognito-trigger.ts';
import { jsonStores } from './json-store.ts';

export interface UserPoolOptions {
  readonly directory: string;
  readonly userPoolId: string;
  readonly clientId: string;
  readonly accessTokenSeconds: number;
  readonly onMessage: (message: CognitoMessage) => void;
  readonly postConfirmation?: () => PostConfirmationTarget | undefined;
}

const nothing = () => {};
/** The emulator tells its console everything, passwords too. */
export const SILENT: Context['logger'] = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => SILENT,
};
const CTX: Context = { logger: SILENT };

/** The emulator's services around the one pool of `directory`; pool, client and groups are made when missing. */
export async function openUserPool(options: UserPoolOptions): Promise<Services> {
  const { directory, userPoolId, onMessage, postConfirmation = () => undefined } = options;
  const [region = 'us-east-1'] = userPoolId.split('_');
  const clock = new DateClock();
  const stores = jsonStores(directory);
  const pools = new UserPoolServiceFactoryImpl(clock, stores);
  // People sign in with their e-mail address, and it is what a code confirms.
  const defaults = { UsernameAttributes: ['email'], AutoVerifiedAttributes: ['email'], MfaConfiguration: 'OFF' };
  const cognito = await new CognitoServiceFactoryImpl(directory, stores, pools).create(CTX, defaults);
  const triggers = postConfirmationTrigger(region, postConfirmation);
  const tokens = { IssuerDomain: `https://cognito-idp.${region}.amazonaws.com` };
  await seed(cognito, options);
  return {
    clock,
    cognito,
    triggers,
    messages: messagesTo(onMessage),
    otp: () => String(randomInt(1_000_000)).padStart(6, '0'),
    tokenGenerator: new JwtTokenGenerator(clock, triggers, tokens),
    config: {
      LambdaClient: {},
      ServerConfig: {},
      TriggerFunctions: {},
      TokenConfig: tokens,
      UserPoolDefaults: defaults,
    },
  };
}

async function seed(cognito: CognitoService, options: UserPoolOptions): Promise<void> {
  const { userPoolId, clientId, accessTokenSeconds } = options;
  const known = await cognito.listUserPools(CTX);
  if (!known.some(({ Id }) => Id === userPoolId))
    await cognito.createUserPool(CTX, { Id: userPoolId, Name: 'MedBook' });
  const pool = await cognito.getUserPool(CTX, userPoolId);
  const now = new Date();
  // At every start, so that what is in force is what this file says.
  await pool.saveAppClient(CTX, {
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
    if (await pool.getGroupByGroupName(CTX, GroupName)) continue;
    await pool.saveGroup(CTX, { GroupName, CreationDate: now, LastModifiedDate: now, members: [] });
  }
}
