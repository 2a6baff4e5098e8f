import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { Sha256 } from '@smithy/core/checksum';
import { loadConfig, NODE_REGION_CONFIG_FILE_OPTIONS, NODE_REGION_CONFIG_OPTIONS } from '@smithy/core/config';
import { buildQueryString, HttpRequest } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';

const TOKEN_LIFETIME_SECONDS = 900;

interface CacheTokenOptions {
  /** The id of the replication group. */
  readonly CACHE_NAME: string;
  readonly CACHE_USER: string;
}

/**
 * Returns a function that creates IAM tokens, with which the user signs in to ElastiCache. A token is a signed connect request that is
 * never sent. It is valid for 15 minutes: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
 */
export function createCacheTokenProvider({ CACHE_NAME, CACHE_USER }: CacheTokenOptions): () => Promise<string> {
  const signer = new SignatureV4({
    service: 'elasticache',
    region: loadConfig(NODE_REGION_CONFIG_OPTIONS, NODE_REGION_CONFIG_FILE_OPTIONS),
    credentials: defaultProvider(),
    sha256: Sha256,
  });
  const request = new HttpRequest({
    method: 'GET',
    hostname: CACHE_NAME,
    path: '/',
    query: { Action: 'connect', User: CACHE_USER },
    headers: { host: CACHE_NAME },
  });
  return async () => {
    const { query } = await signer.presign(request, { expiresIn: TOKEN_LIFETIME_SECONDS });
    return `${CACHE_NAME}/?${buildQueryString(query ?? {})}`;
  };
}
