import {
  type BackupClient,
  DescribeBackupVaultCommand,
  paginateListRecoveryPointsByBackupVault,
} from '@aws-sdk/client-backup';

/** No alarm waits longer for a snapshot, so older ones need not be listed. */
const LISTED_DAYS = 14;

/**
 * Returns how many seconds ago the newest complete recovery point of a vault was created, or the vault itself if it has none in 14
 * days.
 * @throws if the vault does not exist
 */
export async function findBackupAge(client: BackupClient, vault: string, now: number): Promise<number> {
  const { CreationDate: vaultCreation } = await client.send(new DescribeBackupVaultCommand({ BackupVaultName: vault }));
  if (!vaultCreation) throw new Error(`AWS Backup returned no creation date of the vault ${vault}.`);
  let newest = vaultCreation.getTime();
  const ByCreatedAfter = new Date(now - LISTED_DAYS * 86_400_000);
  for await (const { RecoveryPoints = [] } of paginateListRecoveryPointsByBackupVault(
    { client },
    { BackupVaultName: vault, ByCreatedAfter },
  )) {
    for (const { Status, CreationDate } of RecoveryPoints)
      if (Status === 'COMPLETED' && CreationDate) newest = Math.max(newest, CreationDate.getTime());
  }
  return Math.max(0, Math.round((now - newest) / 1000));
}
