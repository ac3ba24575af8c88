// An OpenID provider that others wrote and had certified (npm oidc-provider), on a free port of this machine.
//
// The first argument is its clients, as JSON. It writes its port, signs in whoever types a name, and takes words on
// standard input: "rotate" gives it another key, and it writes "rotated".

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";

import Provider from "oidc-provider";

const clients = JSON.parse(process.argv[2]);

function key() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    ...privateKey.export({ format: "jwk" }),
    kid: randomUUID(),
    use: "sig",
    alg: "RS256",
  };
}

function made(issuer) {
  const provider = new Provider(issuer, {
    clients,
    jwks: { keys: [key()] },
    cookies: { keys: ["of the tests"] },
    claims: { profile: ["name", "groups"], email: ["email", "email_verified"] },
    scopes: ["openid", "profile", "email"],
    pkce: { required: () => true },
    ttl: { IdToken: 60 },
    async findAccount(_context, id) {
      const groups = id.startsWith("teacher") ? ["teachers"] : ["pupils"];
      const claims = { sub: id, groups, name: `${id} of the school` };
      return { accountId: id, claims: () => claims };
    },
  });
  return provider.callback();
}

let answer;
const server = createServer((request, response) => answer(request, response));
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  answer = made(issuer);
  console.log(`port ${server.address().port}`);
  createInterface({ input: process.stdin })
    .on("line", () => {
      answer = made(issuer);
      console.log("rotated");
    })
    .on("close", () => process.exit(0));
});
