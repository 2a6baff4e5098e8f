import { ArnFormat, Stack } from 'aws-cdk-lib';
import { CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import { Construct } from 'constructs';
import type { Stage } from '../../config/stages.ts';

const RATE_LIMIT_USERS = ['availability-api', 'patient-api', 'staff-api'] as const;
const INDEX_USERS = ['generate-slots', 'expire-holds', 'outbox-relay', 'resync-index'] as const;
/** The functions that may sign in to the cache, each as a user of its own. */
export type CacheUser = (typeof RATE_LIMIT_USERS | typeof INDEX_USERS)[number];

/**
 * The users of the cache, one for each function. They sign in with IAM instead of passwords, and Valkey's `default`
 * user is not a member of the group. All of them maintain the free-slot index; API functions also count requests for
 * rate limits.
 */
export class CacheUsers extends Construct {
  readonly group: CfnUserGroup;
  private readonly stage: Stage;

  constructor(scope: Construct, id: string, { stage }: { readonly stage: Stage }) {
    super(scope, id);
    this.stage = stage;
    const users = [
      ...RATE_LIMIT_USERS.map((name) => this.addUser(name, `${INDEX_ACCESS} ${RATE_LIMIT_ACCESS}`)),
      ...INDEX_USERS.map((name) => this.addUser(name, INDEX_ACCESS)),
    ];
    this.group = new CfnUserGroup(this, 'Group', {
      engine: 'valkey',
      userGroupId: `medbook-${stage}`,
      userIds: users.map(({ ref }) => ref),
    });
  }

  /**
   * Returns a user's name. With IAM it equals the user's ID, which is unique per account and region, so it contains the
   * stage.
   */
  getUserName(user: CacheUser): string {
    return `medbook-${this.stage}-${user}`;
  }

  /** Returns a user's ARN. */
  getUserArn(user: CacheUser): string {
    return Stack.of(this).formatArn({
      service: 'elasticache',
      resource: 'user',
      resourceName: this.getUserName(user),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  private addUser(user: CacheUser, accessString: string): CfnUser {
    const name = this.getUserName(user);
    return new CfnUser(this, user, {
      engine: 'valkey',
      userId: name,
      userName: name,
      authenticationMode: { Type: 'iam' },
      accessString,
    });
  }
}

// The commands to connect and to run scripts, and those that the scripts call on each family of keys. None lists,
// flushes or configures. INFO identifies the server.
const INDEX_ACCESS =
  'on resetchannels -@all +auth +hello +ping +quit +eval +evalsha +info ~avail:* +del +unlink +hget +hmget +hset +hdel +hincrby +hlen +zadd +zcard +zrange +zrem';
const RATE_LIMIT_ACCESS = '~limit:* +set +incrby +pttl';
