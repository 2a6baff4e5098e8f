import * as z from 'zod';

/** A backup vault. */
export interface VaultAddress {
  readonly region: string;
  readonly name: string;
}

/** An hourly job that checks the age of the newest snapshot, and that AWS Backup may back up Aurora. */
export const checkBackupsEnv = z.object({
  /** The vault of the snapshots, and that of their copies if there is one: `region/name`, separated by commas. */
  BACKUP_VAULTS: z
    .string()
    .regex(/^[\w-]+\/[\w-]+(,[\w-]+\/[\w-]+)*$/, 'expected region/name, separated by commas')
    .transform((text) => text.split(',').map(toVaultAddress)),
});
export type CheckBackupsEnv = z.input<typeof checkBackupsEnv>;

function toVaultAddress(text: string): VaultAddress {
  const [region = '', name = ''] = text.split('/');
  return { region, name };
}
