import { type BackupClient, DescribeRegionSettingsCommand, UpdateRegionSettingsCommand } from '@aws-sdk/client-backup';
import { log } from '../shared/log.ts';

/**
 * Lets AWS Backup back up Aurora clusters in the client's region, if the account does not allow it. Without that setting a plan
 * skips the cluster without an error. It belongs to the account, so the other resource types keep their settings, and it is never
 * turned off.
 */
export async function enableAuroraBackups(client: BackupClient): Promise<void> {
  const { ResourceTypeOptInPreference: preferences = {} } = await client.send(new DescribeRegionSettingsCommand());
  if (preferences.Aurora) return;
  await client.send(new UpdateRegionSettingsCommand({ ResourceTypeOptInPreference: { ...preferences, Aurora: true } }));
  log('aurora_backups_enabled');
}
