import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import type { PreTokenGenerationV2TriggerEvent } from 'aws-lambda';
import { filterStaffGroups, hasSecondFactor } from '../accounts/staff-mfa.ts';
import { jobHandler } from '../shared/job-handler.ts';
import { log } from '../shared/log.ts';

const cognito = new CognitoIdentityProviderClient();

/** Removes the staff groups from the tokens of a user without a second factor. An error refuses the sign-in. */
export const handler = jobHandler('staff_mfa', async (event: PreTokenGenerationV2TriggerEvent) => {
  const { groupConfiguration } = event.request;
  const groups = groupConfiguration.groupsToOverride ?? [];
  const allowedGroups = await filterStaffGroups(groups, () => hasSecondFactor(cognito, event));
  if (allowedGroups.length === groups.length) return event;
  log('staff_without_second_factor');
  const groupOverrideDetails = { ...groupConfiguration, groupsToOverride: [...allowedGroups] };
  return { ...event, response: { claimsAndScopeOverrideDetails: { groupOverrideDetails } } };
});
