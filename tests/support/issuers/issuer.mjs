// A real OpenID provider on loopback for tests, with a door at /test/ by which a test changes people,
// or makes the token endpoint lie: what an attacker who owns the wire or another issuer would send.
// Reads its configuration (JSON) from the first argument and prints its address when it answers.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const configuration = JSON.parse(process.argv[2])
const require = createRequire(pathToFileURL(configuration.modules + '/'))
const { Provider } = await import(pathToFileURL(require.resolve('oidc-provider')).href)
const jose = await import(pathToFileURL(require.resolve('jose')).href)

const people = new Map(Object.entries(configuration.people ?? {}))
let lie = null

const keys = {}
for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
  const { privateKey } = await jose.generateKeyPair(alg, { extractable: true, crv: alg === 'EdDSA' ? 'Ed25519' : undefined })
  keys[alg] = { ...(await jose.exportJWK(privateKey)), kid: `key-${alg}`, alg, use: 'sig' }
}
const other = await jose.generateKeyPair('RS256', { extractable: true })
const rotated = { ...(await jose.exportJWK(other.publicKey)), kid: 'key-of-today', alg: 'RS256', use: 'sig' }

const server = createServer()
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const address = `http://127.0.0.1:${server.address().port}`
const provider = new Provider(address, {
  clients: configuration.clients,
  jwks: { keys: Object.values(keys) },
  enabledJWA: { idTokenSigningAlgValues: Object.keys(keys) },
  scopes: ['openid', 'offline_access', 'profile', 'email', 'groups'],
  claims: {
    openid: ['sub'],
    profile: ['name', 'preferred_username', 'realm_access'],
    email: ['email', 'email_verified'],
    groups: ['groups'],
  },
  conformIdTokenClaims: configuration.lean ?? true,
  pkce: { required: () => true },
  cookies: { keys: ['a key of tests'] },
  features: {
    devInteractions: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    claimsParameter: { enabled: false },
  },
  ttl: { AccessToken: 3600, AuthorizationCode: 60, IdToken: 3600, RefreshToken: 86400, Session: 86400, Grant: 86400, Interaction: 3600 },
  findAccount: (_ctx, sub) => {
    const claims = people.get(sub)
    return claims === undefined ? undefined : { accountId: sub, claims: () => ({ sub, ...claims }) }
  },
})

// Each lie is one attack on the ID token.
const LIES = {
  other_key: (claims) => sign(claims, other.privateKey, { alg: 'RS256', kid: 'key-RS256' }),
  rotated: (claims) => sign(claims, other.privateKey, { alg: 'RS256', kid: 'key-of-today' }),
  no_kid: async (claims) => sign(claims, await key('RS256'), { alg: 'RS256' }),
  none: (claims) => `${b64({ alg: 'none' })}.${b64(claims)}.`,
  none_signed: (claims, token) => `${b64({ alg: 'None' })}.${b64(claims)}.${token.split('.')[2]}`,
  hs256: async (claims) => {
    const pem = await jose.exportSPKI(await jose.importJWK({ ...publicOf(keys.RS256) }, 'RS256'))
    return sign(claims, new TextEncoder().encode(pem), { alg: 'HS256', kid: 'key-RS256' })
  },
  hs256_secret: (claims) => sign(claims, new TextEncoder().encode(configuration.clients[0].client_secret), { alg: 'HS256' }),
  embedded_key: (claims) => sign(claims, other.privateKey, { alg: 'RS256', jwk: rotated }),
  changed: (claims, token) => [token.split('.')[0], b64({ ...claims, sub: 'mallory' }), token.split('.')[2]].join('.'),
  nonce: (claims) => honest({ ...claims, nonce: 'another' }),
  no_nonce: ({ nonce: _nonce, ...claims }) => honest(claims),
  audience: (claims) => honest({ ...claims, aud: 'another' }),
  audiences: (claims) => honest({ ...claims, aud: [claims.aud, 'another'] }),
  authorised_party: (claims) => honest({ ...claims, azp: 'another' }),
  issuer: (claims) => honest({ ...claims, iss: 'https://elsewhere.example' }),
  issuer_slash: (claims) => honest({ ...claims, iss: claims.iss + '/' }),
  expired: (claims) => honest({ ...claims, exp: now() - 120, iat: now() - 600 }),
  future: (claims) => honest({ ...claims, iat: now() + 600, exp: now() + 1200 }),
  no_expiry: ({ exp: _exp, ...claims }) => honest(claims),
  access_token: (claims) => honest({ ...claims, at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }),
  no_subject: ({ sub: _sub, ...claims }) => honest(claims),
  list_subject: (claims) => honest({ ...claims, sub: ['alice', 'bob'] }),
  old_proof: (claims) => honest({ ...claims, auth_time: now() - 600 }),
  no_proof: ({ auth_time: _time, ...claims }) => honest(claims),
  skewed: (claims) => honest({ ...claims, iat: now() + 30, exp: now() - 30 }),
  rubbish: () => 'x.y.z',
  missing: () => undefined,
  number: () => 17,
}

const now = () => Math.floor(Date.now() / 1000)
const b64 = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const key = (alg) => jose.importJWK(keys[alg], alg)
const publicOf = ({ kty, n, e }) => ({ kty, n, e })
const sign = (claims, by, header) => new jose.SignJWT(claims).setProtectedHeader(header).sign(by)
const honest = async (claims) => sign(claims, await key('RS256'), { alg: 'RS256', kid: 'key-RS256' })

async function read(request) {
  const parts = []
  for await (const part of request) parts.push(part)
  return JSON.parse(Buffer.concat(parts).toString() || 'null')
}

provider.use(async (ctx, next) => {
  if (ctx.path.startsWith('/test/')) {
    const [, , what, name] = ctx.path.split('/')
    const body = await read(ctx.req)
    if (what === 'lie') lie = body
    else if (what === 'person' && body === null) people.delete(decodeURIComponent(name))
    else if (what === 'person') people.set(decodeURIComponent(name), body)
    ctx.status = 204
    return
  }
  await next()
  if (lie in LIES && ctx.path === '/token' && ctx.body?.id_token !== undefined) {
    const token = ctx.body.id_token
    const claims = jose.decodeJwt(token)
    ctx.body = { ...ctx.body, id_token: await LIES[lie](claims, token) }
  }
  if (lie === 'rotated' && ctx.path === '/jwks') ctx.body = { keys: [...ctx.body.keys, rotated] }
  if (lie === 'userinfo' && ctx.path === '/me') ctx.body = { ...ctx.body, sub: 'mallory' }
})

server.on('request', provider.callback())
process.stdout.write(`${address}\n`)
