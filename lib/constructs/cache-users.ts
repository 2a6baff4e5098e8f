import { ArnFormat, Stack } from 'aws-cdk-lib';
import { CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import { Construct } from 'constructs';
import type { Stage } from '../config/stages.ts';

const CACHE_USERS = [
  'availability-api',
  'patient-api',
  'staff-api',
  'generate-slots',
  'expire-holds',
  'outbox-relay',
  'resync-index',
] as const;
/** The functions that may sign in to the cache, each as a user of its own. */
export type CacheUser = (typeof CACHE_USERS)[number];

/**
 * Who may sign in to the cache: with IAM, so nobody has a password, and Valkey's own user `default` is no member. All of them keep
 * the index of free slots up to date and count requests, so their rights within the cache are the same.
 */
export class CacheUsers extends Construct {
  readonly group: CfnUserGroup;
  private readonly stage: Stage;

  constructor(scope: Construct, id: string, { stage }: { readonly stage: Stage }) {
    super(scope, id);
    this.stage = stage;
    const users = CACHE_USERS.map((name) => this.addUser(name));
    this.group = new CfnUserGroup(this, 'Group', {
      engine: 'valkey',
      userGroupId: `medbook-${stage}`,
      userIds: users.map(({ ref }) => ref),
    });
  }

  /** With IAM a user's name must be its id, and ids are unique in an account and region: hence the stage. */
  nameOf(user: CacheUser): string {
    return `medbook-${this.stage}-${user}`;
  }

  arnOf(user: CacheUser): string {
    return Stack.of(this).formatArn({
      service: 'elasticache',
      resource: 'user',
      resourceName: this.nameOf(user),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  private addUser(user: CacheUser): CfnUser {
    const name = this.nameOf(user);
    return new CfnUser(this, user, {
      engine: 'valkey',
      userId: name,
      userName: name,
      authenticationMode: { Type: 'iam' },
      accessString: ACCESS,
    });
  }
}

// Data and scripts, of our two families of keys; nothing that lists, flushes or configures. INFO tells one server from the next.
const ACCESS = 'on resetchannels ~avail:* ~limit:* -@all +@connection +@read +@write +@scripting -@dangerous +info';
