// A real browser with a virtual authenticator adds a passkey and signs in with it, by the scripts of the book.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Chromium } from "./chromium.mjs";

const url = process.argv[2];
const book = readFileSync(new URL("../../book/src/passkeys.md", import.meta.url), "utf8");
const [add, signIn, conditional, second] = [...book.matchAll(/^```js\n(.*?)^```/gms)].map((found) => found[1]);

const browser = await Chromium.start();
try {
  await browser.call("WebAuthn.enable");
  const { authenticatorId } = await browser.call("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal", hasResidentKey: true,
      hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
    },
  });
  await browser.open(url + "/healthz");
  await browser.run(`${add}\n${signIn}`);
  const person = { email: `browser${Date.now()}@example.com`, password: "a fine long passphrase", name: "Browser" };
  await browser.run(`call("/api/auth/register", ${JSON.stringify({ ...person, delivery: "cookie" })})
    .then((login) => { csrfToken = login.csrf_token; })`);

  const passkey = await browser.run(`addPasskey("Chromium")`);
  assert.equal(passkey.login.recovery_codes.length, 10);
  assert.match(passkey.id, /^psk_/);
  assert.equal(passkey.name, "Chromium");
  const { credentials } = await browser.call("WebAuthn.getCredentials", { authenticatorId });
  assert.equal(credentials.length, 1);
  assert.equal(credentials[0].isResidentCredential, true);
  assert.equal(credentials[0].rpId, "localhost");
  // The same device is not added twice.
  await assert.rejects(browser.run(`addPasskey("Again")`), /InvalidStateError/);

  const out = () => browser.run(`call("/api/auth/logout", {})`);
  await out();
  const login = await browser.run(`signIn()`);
  assert.equal(login.user.email, person.email);
  assert.equal(login.user.mfa_enabled, true);
  const me = await browser.run(`fetch("/api/me").then((answer) => answer.json())`);
  assert.equal(me.email, person.email);
  await assert.rejects(browser.run(`addPasskey("Again")`), /InvalidStateError/);

  // Autofill: the page asks as it is shown, and the browser answers when somebody picks.
  await out();
  await browser.run(`(async () => { ${conditional} })()`);
  assert.equal((await browser.run(`fetch("/api/me").then((answer) => answer.json())`)).email, person.email);

  // Behind the password.
  await out();
  const waits = await browser.run(`fetch("/api/auth/login", {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: ${JSON.stringify(JSON.stringify({ ...person, name: undefined, delivery: "cookie" }))},
  }).then((answer) => answer.json())`);
  assert.equal(waits.error.code, "MFA_REQUIRED");
  const both = await browser.run(`${second}\nsecondFactor(${JSON.stringify(waits.error.mfa_token)})`);
  assert.equal(both.user.email, person.email);

  // Nobody whom the authenticator does not know.
  await browser.call("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await assert.rejects(browser.run(`signIn()`), /NotAllowedError/);
  await browser.call("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });

  // On a page of another origin the browser itself refuses.
  await browser.open(url.replace("localhost", "127.0.0.1") + "/healthz");
  await browser.run(`${add}\n${signIn}`);
  await assert.rejects(browser.run(`signIn()`), /SecurityError/);
  console.log("ok");
} finally {
  await browser.stop();
}
