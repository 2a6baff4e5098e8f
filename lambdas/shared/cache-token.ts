import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { Sha256 } from '@smithy/core/checksum';
import { loadConfig, NODE_REGION_CONFIG_FILE_OPTIONS, NODE_REGION_CONFIG_OPTIONS } from '@smithy/core/config';
import { buildQueryString, HttpRequest } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';

const VALID_SECONDS = 900;

interface Holder {
  /** The id of the replication group. */
  readonly CACHE_NAME: string;
  readonly CACHE_USER: string;
}

/**
 * Makes tokens with which ElastiCache lets its user in: a request to connect that is signed and never sent. Each is good for a new
 * connection for 15 minutes. https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
 */
export function cacheTokens({ CACHE_NAME, CACHE_USER }: Holder): () => Promise<string> {
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
    const { query } = await signer.presign(request, { expiresIn: VALID_SECONDS });
    return `${CACHE_NAME}/?${buildQueryString(query ?? {})}`;
  };
}
