// An OpenID provider on a free port of the loopback. Says {"issuer"} first; then each line of standard input configures
// it anew: {"clients": [...], "people": {login: claims}, "new_keys": bool}. Its login form takes any password.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
console.info = console.warn = console.error; // standard output is for what we say
let keys = newKeys();
let answer = (request, response) => response.writeHead(503).end();
const server = createServer((request, response) => answer(request, response));
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  say({ issuer });
  createInterface({ input: process.stdin })
    .on("line", (line) => {
      const wanted = JSON.parse(line);
      if (wanted.new_keys) keys = newKeys();
      answer = configured(issuer, wanted).callback();
      say({ ready: true });
    })
    .on("close", () => process.exit(0));
});

function newKeys() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: randomUUID() }];
}

function configured(issuer, { clients, people }) {
  return new Provider(issuer, {
    clients,
    jwks: { keys },
    cookies: { keys: ["only for tests"] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups", "locale"] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    findAccount: (_, id) => (people[id] ? { accountId: id, claims: () => ({ sub: id, ...people[id] }) } : undefined),
  });
}
