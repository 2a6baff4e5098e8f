import { CognitoError } from 'cognito-local/lib/errors.js';
import * as z from 'zod';

/** As in CloudFormation. */
export interface PasswordPolicy {
  readonly MinimumLength?: number;
  readonly RequireLowercase?: boolean;
  readonly RequireUppercase?: boolean;
  readonly RequireNumbers?: boolean;
  readonly RequireSymbols?: boolean;
}

/**
 * Refuses an operation that would set a password against the policy, in Cognito's words.
 * @throws InvalidPasswordException
 */
export function checkNewPassword(target: string, input: unknown, policy: PasswordPolicy): void {
  const password = NEW_PASSWORD[target]?.(fields.parse(input));
  if (password === undefined) return;
  const fault = faultOf(password, policy);
  if (fault) throw new CognitoError('InvalidPasswordException', `Password did not conform with policy: ${fault}`);
}

const fields = z
  .object({
    Password: z.string(),
    ProposedPassword: z.string(),
    TemporaryPassword: z.string(),
    ChallengeResponses: z.object({ NEW_PASSWORD: z.string() }).partial(),
  })
  .partial();

/** Where each operation carries the password that it sets. */
const NEW_PASSWORD: Record<string, (input: z.infer<typeof fields>) => string | undefined> = {
  SignUp: (input) => input.Password ?? '',
  ConfirmForgotPassword: (input) => input.Password ?? '',
  ChangePassword: (input) => input.ProposedPassword ?? '',
  AdminSetUserPassword: (input) => input.Password ?? '',
  AdminCreateUser: (input) => input.TemporaryPassword,
  RespondToAuthChallenge: (input) => input.ChallengeResponses?.NEW_PASSWORD,
};

function faultOf(password: string, policy: PasswordPolicy): string | undefined {
  if (password.length < (policy.MinimumLength ?? 8)) return 'Password not long enough';
  if (policy.RequireLowercase && !/[a-z]/.test(password)) return 'Password must have lowercase characters';
  if (policy.RequireUppercase && !/[A-Z]/.test(password)) return 'Password must have uppercase characters';
  if (policy.RequireNumbers && !/\d/.test(password)) return 'Password must have numeric characters';
  if (policy.RequireSymbols && !/[^A-Za-z0-9]/.test(password)) return 'Password must have symbol characters';
  return undefined;
}
