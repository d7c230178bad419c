// An API written for Node takes our access tokens: jose, keys from the published set.
import assert from "node:assert/strict";
import { createRemoteJWKSet, jwtVerify } from "jose";

const url = process.argv[2];
const post = (path, body, headers = {}) =>
  fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

const person = { email: "node@example.com", password: "a fine long passphrase", name: "Node" };
const registered = await post("/api/auth/register", person);
assert.equal(registered.status, 201);
const login = await registered.json();

const keys = createRemoteJWKSet(new URL(url + "/.well-known/jwks.json"));
const { payload, protectedHeader } = await jwtVerify(login.access_token, keys, {
  issuer: url,
  audience: url,
  typ: "at+jwt",
});
assert.equal(payload.sub, login.user.id);
assert.equal(protectedHeader.alg, "ES256");

// Two tabs refresh at once and both live on; an older token ends the login.
const refresh = (token) => post("/api/auth/refresh", { refresh_token: token });
const [one, two] = await Promise.all([refresh(login.refresh_token), refresh(login.refresh_token)]);
assert.deepEqual([one.status, two.status], [200, 200]);
const [first, second] = [await one.json(), await two.json()];
assert.equal(first.refresh_token, second.refresh_token);
const third = await (await refresh(first.refresh_token)).json();
assert.ok(third.access_token);
const reused = await refresh(login.refresh_token);
assert.equal((await reused.json()).error.code, "REFRESH_TOKEN_REUSED");
const me = await fetch(url + "/api/me", { headers: { authorization: `Bearer ${third.access_token}` } });
assert.equal((await me.json()).error.code, "TOKEN_REVOKED");
console.log("ok");
