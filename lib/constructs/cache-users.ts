import { ArnFormat, Stack } from 'aws-cdk-lib';
import { CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import { Construct } from 'constructs';
import type { Stage } from '../config/stages.ts';

const COUNTING = ['availability-api', 'patient-api', 'staff-api'] as const;
const INDEXING = ['generate-slots', 'expire-holds', 'outbox-relay', 'resync-index'] as const;
/** The functions that may sign in to the cache, each as a user of its own. */
export type CacheUser = (typeof COUNTING | typeof INDEXING)[number];

/**
 * Who may sign in to the cache: with IAM, so nobody has a password, and Valkey's own user `default` is no member. All of them keep
 * the index of free slots up to date; those behind the API count requests besides.
 */
export class CacheUsers extends Construct {
  readonly group: CfnUserGroup;
  private readonly stage: Stage;

  constructor(scope: Construct, id: string, { stage }: { readonly stage: Stage }) {
    super(scope, id);
    this.stage = stage;
    const users = [
      ...COUNTING.map((name) => this.addUser(name, `${INDEX} ${LIMITS}`)),
      ...INDEXING.map((name) => this.addUser(name, INDEX)),
    ];
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

  private addUser(user: CacheUser, accessString: string): CfnUser {
    const name = this.nameOf(user);
    return new CfnUser(this, user, {
      engine: 'valkey',
      userId: name,
      userName: name,
      authenticationMode: { Type: 'iam' },
      accessString,
    });
  }
}

// What the scripts of each family of keys call, and what it takes to connect and to run them; nothing that lists, flushes or configures.
// INFO tells one server from the next.
const INDEX =
  'on resetchannels -@all +auth +hello +ping +quit +eval +evalsha +info ~avail:* +del +unlink +hget +hmget +hset +hdel +hincrby +hlen +zadd +zcard +zrange +zrem';
const LIMITS = '~limit:* +set +incrby +pttl';
