import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import type { PreTokenGenerationV2TriggerEvent } from 'aws-lambda';
import { groupsFor, hasSecondFactor } from '../accounts/staff-mfa.ts';
import { job } from '../shared/job.ts';
import { log } from '../shared/log.ts';

const cognito = new CognitoIdentityProviderClient();

/** Leaves the groups of staff out of the tokens of somebody without a second factor. What it throws refuses the sign-in. */
export const handler = job('staff_mfa', async (event: PreTokenGenerationV2TriggerEvent) => {
  const { groupConfiguration } = event.request;
  const groups = groupConfiguration.groupsToOverride ?? [];
  const granted = await groupsFor(groups, () => hasSecondFactor(cognito, event));
  if (granted.length === groups.length) return event;
  log('staff_without_second_factor');
  const groupOverrideDetails = { ...groupConfiguration, groupsToOverride: [...granted] };
  return { ...event, response: { claimsAndScopeOverrideDetails: { groupOverrideDetails } } };
});
