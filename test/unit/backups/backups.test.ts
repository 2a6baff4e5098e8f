import {
  BackupClient,
  DescribeBackupVaultCommand,
  DescribeRegionSettingsCommand,
  ListRecoveryPointsByBackupVaultCommand,
  UpdateRegionSettingsCommand,
} from '@aws-sdk/client-backup';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { enableAuroraBackups } from '../../../lambdas/backups/enable-aurora-backups.ts';
import { findBackupAge } from '../../../lambdas/backups/find-backup-age.ts';
import { checkBackupsEnv } from '../../../lambdas/entry/check-backups.contract.ts';

// To see the log of a failure: POWERTOOLS_LOG_LEVEL=ERROR.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
});

const client = new BackupClient({ region: 'us-east-1' });
const backup = mockClient(client);
beforeEach(() => backup.reset());

describe('the setting of the account', () => {
  const enable = async (preferences: Record<string, boolean>) => {
    backup.on(DescribeRegionSettingsCommand).resolves({ ResourceTypeOptInPreference: preferences });
    await enableAuroraBackups(client);
    return backup.commandCalls(UpdateRegionSettingsCommand).map(({ args }) => args[0].input);
  };

  it('is left alone if Aurora is enabled', async () => {
    expect(await enable({ Aurora: true, EFS: false })).toEqual([]);
  });

  it.each<Record<string, boolean>>([
    { Aurora: false, EFS: false, S3: true },
    { EFS: false, S3: true },
  ])('is enabled for Aurora only: %j', async (preferences) => {
    expect(await enable(preferences)).toEqual([
      { ResourceTypeOptInPreference: { Aurora: true, EFS: false, S3: true } },
    ]);
  });
});

describe('the age of a vault', () => {
  const now = Date.parse('2026-11-30T12:00:00Z');
  const at = (time: string) => new Date(`2026-11-${time}:00Z`);

  function findAge(...pages: { Status: 'COMPLETED' | 'PARTIAL' | 'CREATING'; CreationDate: Date }[][]) {
    backup.on(DescribeBackupVaultCommand).resolves({ CreationDate: at('30T06:00') });
    pages.forEach((RecoveryPoints, i) => {
      backup
        .on(ListRecoveryPointsByBackupVaultCommand, i === 0 ? {} : { NextToken: String(i) })
        .resolves({ RecoveryPoints, ...(i + 1 < pages.length && { NextToken: String(i + 1) }) });
    });
    return findBackupAge(client, 'vault', now);
  }

  it('is that of its newest complete recovery point, on whichever page', async () => {
    const age = await findAge(
      [
        { Status: 'COMPLETED', CreationDate: at('30T07:00') },
        { Status: 'CREATING', CreationDate: at('30T11:59') },
      ],
      [
        { Status: 'PARTIAL', CreationDate: at('30T11:00') },
        { Status: 'COMPLETED', CreationDate: at('30T10:00') },
      ],
    );
    expect(age).toBe(2 * 3600);
    const [first] = backup.commandCalls(ListRecoveryPointsByBackupVaultCommand);
    expect(first?.args[0].input).toMatchObject({ BackupVaultName: 'vault', ByCreatedAfter: at('16T12:00') });
  });

  it('is that of the vault itself while it has no recovery point', async () => {
    expect(await findAge([])).toBe(6 * 3600);
  });

  it('is an error if the vault does not exist', async () => {
    backup.on(DescribeBackupVaultCommand).rejects(new Error('not found'));
    await expect(findBackupAge(client, 'vault', now)).rejects.toThrow('not found');
  });
});

describe('the variable of the vaults', () => {
  it('has a region and a name for each', () => {
    expect(
      checkBackupsEnv.parse({ BACKUP_VAULTS: 'us-east-1/medbook-prod-1a,us-west-2/MedBook-prod-Recovery' }),
    ).toEqual({
      BACKUP_VAULTS: [
        { region: 'us-east-1', name: 'medbook-prod-1a' },
        { region: 'us-west-2', name: 'MedBook-prod-Recovery' },
      ],
    });
    for (const text of ['', 'vault', 'us-east-1/a,', 'us-east-1/a/b'])
      expect(() => checkBackupsEnv.parse({ BACKUP_VAULTS: text })).toThrow('expected region/name');
  });
});
