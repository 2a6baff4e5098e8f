import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';

/** Starts a token signer: it creates tokens and serves its public key over HTTP as Cognito does. */
export async function startTokenSigner(issuer: string) {
  const kid = 'test-key';
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwks = JSON.stringify({
    keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }],
  });
  let fetchCount = 0;
  const server = createServer((_, response) => {
    fetchCount++;
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(jwks);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    jwksUrl: `http://127.0.0.1:${port}/keys`,
    fetchCount: () => fetchCount,
    stop: () => new Promise((resolve) => server.close(resolve)),
    /** Creates a signed token, valid for an hour; `claims` replace or extend its default claims. */
    createToken: (tokenUse: 'id' | 'access', claims: object = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const audience =
        tokenUse === 'id' ? { aud: 'web' } : { client_id: 'web', scope: 'aws.cognito.signin.user.admin' };
      const payload = {
        iss: issuer,
        sub: 'user-1',
        token_use: tokenUse,
        iat: now,
        exp: now + 3600,
        ...audience,
        ...claims,
      };
      const text = [{ alg: 'RS256', kid }, payload].map((part) => toBase64Url(JSON.stringify(part))).join('.');
      return `${text}.${toBase64Url(sign('sha256', Buffer.from(text), privateKey))}`;
    },
  };
}

function toBase64Url(content: string | Buffer): string {
  return Buffer.from(content).toString('base64url');
}
