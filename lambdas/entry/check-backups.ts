import { BackupClient } from '@aws-sdk/client-backup';
import { enableAuroraBackups } from '../backups/enable-aurora-backups.ts';
import { findBackupAge } from '../backups/find-backup-age.ts';
import { jobHandler } from '../shared/job-handler.ts';
import { recordMetric } from '../shared/metrics.ts';
import { checkBackupsEnv } from './check-backups.contract.ts';

const { BACKUP_VAULTS: vaults } = checkBackupsEnv.parse(process.env);

export const handler = jobHandler('check_backups', async () => {
  await enableAuroraBackups(new BackupClient());
  const now = Date.now();
  const ages = await Promise.all(
    vaults.map(({ region, name }) => findBackupAge(new BackupClient({ region }), name, now)),
  );
  recordMetric('BackupAgeSeconds', Math.max(...ages));
});
