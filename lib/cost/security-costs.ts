import { PER_BOOKING } from './assumptions.ts';
import type { CostPart } from './cost-line.ts';
import { findPriceName } from './prices.ts';
import { findResources, type Resource, readList, readValue } from './resources.ts';

/** Web ACLs, keys, secrets, and the users who sign in. */
export const SECURITY_COSTS: CostPart = {
  types: ['AWS::WAFv2::WebACL', 'AWS::WAFv2::WebACLAssociation', 'AWS::KMS::Key', 'AWS::SecretsManager::Secret'],
  listAtRest: (resources) => {
    const webAcls = findResources(resources, 'AWS::WAFv2::WebACL');
    const ownSecrets = findResources(resources, 'AWS::SecretsManager::Secret').length;
    const databaseSecrets = findResources(resources, 'AWS::RDS::DBCluster').filter(
      (cluster) => readValue(cluster, 'ManageMasterUserPassword') === true,
    ).length;
    return [
      { what: 'web ACLs', price: 'webAcl', quantity: webAcls.length },
      { what: 'rules of web ACLs', price: 'webAclRule', quantity: webAcls.flatMap(listRules).length },
      { what: 'keys', price: 'key', quantity: findResources(resources, 'AWS::KMS::Key').length },
      { what: 'secrets', price: 'secret', quantity: ownSecrets + databaseSecrets },
    ];
  },
  // The web ACL of a user pool gets few requests: a user signs in, and then uses the API.
  listPerBooking: (resources) => {
    const isInFrontOfApi = findResources(resources, 'AWS::WAFv2::WebACLAssociation').some((association) =>
      JSON.stringify(readValue(association, 'ResourceArn')).includes('/restapis/'),
    );
    return isInFrontOfApi
      ? [{ what: 'requests through the web ACL', price: 'webAclRequests', quantity: PER_BOOKING.requests }]
      : [];
  },
};

/** Returns how much more the keys cost from the third year on: AWS bills the first two rotations of each. */
export function countRotatedVersions(resources: readonly Resource[]): number {
  const keys = findResources(resources, 'AWS::KMS::Key');
  return 2 * keys.filter((key) => readValue(key, 'EnableKeyRotation') === true).length;
}

/** A group of AWS's rules counts as one rule. Some groups have a price of their own, which the model does not cover. */
function listRules(webAcl: Resource): unknown[] {
  const rules = readList(webAcl, 'Rules');
  const unpriced = /AWSManagedRules(BotControl|ATP|ACFP|AntiDDoS)RuleSet/.exec(JSON.stringify(rules))?.[0];
  if (unpriced === undefined) return rules;
  throw new Error(`${webAcl.path}: the cost model has no price for ${unpriced}. Add it to lib/cost/.`);
}

/** Users who sign in during a month. A pool without self sign-up is for staff; a single pool is for all. */
export const SIGN_IN_COSTS: CostPart = {
  types: ['AWS::Cognito::UserPool'],
  listPerBooking: (resources) => {
    const pools = findResources(resources, 'AWS::Cognito::UserPool');
    const staffPool = pools.find(
      (pool) => readValue(pool, 'AdminCreateUserConfig', 'AllowAdminCreateUserOnly') === true,
    );
    return pools.map((pool) => {
      const isForStaff = pool === staffPool;
      const staff = isForStaff || staffPool === undefined ? PER_BOOKING.staff : 0;
      const plan = readValue(pool, 'UserPoolTier') ?? 'ESSENTIALS';
      return {
        what: `${isForStaff ? 'staff' : 'patients'} who sign in, plan ${plan}`,
        price: findPriceName(`users${plan}`, pool.path),
        quantity: staff + (isForStaff ? 0 : PER_BOOKING.patients),
      };
    });
  },
};
