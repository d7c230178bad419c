// Every ceremony of a browser is judged twice: by the server, and by @simplewebauthn/server as an independent oracle. The
// genuine ones both take; whatever was tampered with both refuse (A23).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { verifyAuthenticationResponse, verifyRegistrationResponse } from "@simplewebauthn/server";
import { Chromium } from "../browser/chromium.mjs";

const url = process.argv[2];
const book = readFileSync(new URL("../../book/src/passkeys.md", import.meta.url), "utf8");
const [add, signIn] = [...book.matchAll(/^```js\n(.*?)^```/gms)].map((found) => found[1]);
const expected = { expectedOrigin: url, expectedRPID: "localhost", requireUserVerification: true };

const text = (encoded) => JSON.parse(Buffer.from(encoded, "base64url").toString());
const client = (change) => (response) => {
  const data = text(response.clientDataJSON);
  response.clientDataJSON = Buffer.from(JSON.stringify({ ...data, ...change(data) })).toString("base64url");
};
// The flags stand behind the hash of the relying party, 32 bytes into the authenticator data.
const flags = (encoded, mask) => {
  const bytes = Buffer.from(encoded, "base64url");
  const at = bytes.indexOf(hash) + 32;
  bytes[at] &= ~mask;
  return bytes.toString("base64url");
};
const flip = (encoded, at) => {
  const bytes = Buffer.from(encoded, "base64url");
  bytes[at < 0 ? bytes.length + at : at] ^= 1;
  return bytes.toString("base64url");
};
const hash = Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from("localhost")));
const ofBoth = {
  "another origin": client(() => ({ origin: "https://evil.example" })),
  "another port": client(() => ({ origin: "http://localhost:1" })),
  "another scheme": client(({ origin }) => ({ origin: origin.replace("http:", "https:") })),
  "another challenge": client(({ challenge }) => ({ challenge: flip(challenge, 0) })),
};

const browser = await Chromium.start();
try {
  await browser.call("WebAuthn.enable");
  await browser.call("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal", hasResidentKey: true,
      hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
    },
  });
  await browser.open(url + "/healthz");
  await browser.run(`${add}\n${signIn}`);
  const person = { email: `oracle${Date.now()}@example.com`, password: "a fine long passphrase", name: "Oracle" };
  await browser.run(`call("/api/auth/register", ${JSON.stringify({ ...person, delivery: "cookie" })})
    .then((login) => { csrfToken = login.csrf_token; })`);

  // A ceremony as far as the browser's answer.
  const made = (path, parse, act) => browser.run(`(async () => {
    const { publicKey } = await call(${JSON.stringify(path)}, {});
    const credential = await navigator.credentials.${act}({ publicKey: PublicKeyCredential.${parse}(publicKey) });
    return { challenge: publicKey.challenge, credential: credential.toJSON() };
  })()`);
  const taken = (path, body) => browser.run(`call(${JSON.stringify(path)}, ${JSON.stringify(body)})
    .then((login) => { csrfToken = login.login?.csrf_token ?? login.csrf_token; return true; }, (error) => error.message)`);
  const opinion = (judged) => judged.then(({ verified, ...info }) => verified && info, () => false);

  const registered = () => made("/api/me/passkeys/options", "parseCreationOptionsFromJSON", "create");
  const judgeNew = ({ challenge, credential }) =>
    opinion(verifyRegistrationResponse({ response: credential, expectedChallenge: challenge, ...expected }));
  const put = (credential) => taken("/api/me/passkeys", { credential, name: "Oracle" });
  const wrongNew = {
    ...ofBoth,
    "the type of a sign-in": client(() => ({ type: "webauthn.get" })),
    "another relying party": (response) => { response.attestationObject = flip(response.attestationObject, Buffer.from(response.attestationObject, "base64url").indexOf(hash)); },
    "nobody present": (response) => { response.attestationObject = flags(response.attestationObject, 1); },
    "nobody verified": (response) => { response.attestationObject = flags(response.attestationObject, 4); },
  };
  for (const [what, tamper] of Object.entries(wrongNew)) {
    const ceremony = await registered();
    tamper(ceremony.credential.response);
    assert.equal(await judgeNew(ceremony), false, `${what}: the oracle takes it`);
    assert.equal(await put(ceremony.credential), "INVALID_CREDENTIALS", what);
  }
  const ceremony = await registered();
  const { registrationInfo } = await judgeNew(ceremony);
  assert.equal(await put(ceremony.credential), true);

  const asked = () => made("/api/auth/passkey/options", "parseRequestOptionsFromJSON", "get");
  const judge = ({ challenge, credential }) => opinion(
    verifyAuthenticationResponse({ response: credential, expectedChallenge: challenge, credential: registrationInfo.credential, ...expected }));
  const enter = (credential) => taken("/api/auth/passkey/verify", { credential, delivery: "cookie" });
  const wrong = {
    ...ofBoth,
    "the type of a registration": client(() => ({ type: "webauthn.create" })),
    "nobody verified": (response) => { response.authenticatorData = flags(response.authenticatorData, 4); },
    "another signature": (response) => { response.signature = flip(response.signature, -1); },
    "another counter": (response) => { response.authenticatorData = flip(response.authenticatorData, 36); },
  };
  await browser.run(`call("/api/auth/logout", {})`);
  for (const [what, tamper] of Object.entries(wrong)) {
    const ceremony = await asked();
    tamper(ceremony.credential.response);
    assert.equal(await judge(ceremony), false, `${what}: the oracle takes it`);
    assert.equal(await enter(ceremony.credential), "INVALID_CREDENTIALS", what);
  }
  const login = await asked();
  assert.ok(await judge(login));
  assert.equal(await enter(login.credential), true);
  assert.equal(await enter(login.credential), "INVALID_CREDENTIALS", "once");
  console.log("ok");
} finally {
  await browser.stop();
}
