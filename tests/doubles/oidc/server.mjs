// An OpenID Connect issuer that others wrote and that is certified, on a loopback port:
// `node server.mjs REDIRECT_URI`. Prints its address. Whoever signs in there is who they
// say: `ada` has the verified address ada@oidc.example; `unverified-…`, one that is not.

import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'

const redirectUri = process.argv[2]
const server = createServer()

function key(type, options, alg) {
  const { privateKey } = generateKeyPairSync(type, options)
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg, kid: alg }
}

function client(id, authentication, alg) {
  return {
    client_id: id,
    ...(authentication !== 'none' && { client_secret: 'a secret with signs: +/%&' }),
    token_endpoint_auth_method: authentication,
    id_token_signed_response_alg: alg,
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code'],
    response_types: ['code'],
  }
}

function account(_, id) {
  return {
    accountId: id,
    claims: () => ({
      sub: id,
      name: `Somebody called ${id}`,
      email: `${id}@oidc.example`,
      email_verified: !id.startsWith('unverified'),
    }),
  }
}

server.listen(0, '127.0.0.1', () => {
  const issuer = `http://localhost:${server.address().port}`
  const provider = new Provider(issuer, {
    clients: [
      client('parley', 'client_secret_basic', 'RS256'),
      client('parley-post', 'client_secret_post', 'ES256'),
      client('parley-public', 'none', 'EdDSA'),
      client('parley-ps', 'client_secret_basic', 'PS256'),
    ],
    jwks: {
      keys: [
        key('rsa', { modulusLength: 2048 }, 'RS256'),
        key('rsa', { modulusLength: 2048 }, 'PS256'),
        key('ec', { namedCurve: 'P-256' }, 'ES256'),
        key('ed25519', {}, 'EdDSA'),
      ],
    },
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    cookies: { keys: ['only for tests'] },
    findAccount: account,
    features: { devInteractions: { enabled: true } },
  })
  server.on('request', provider.callback())
  console.log(issuer)
})
