// Proofs of work are solved by our own script, as browsers load it, and by the library of ALTCHA.
import assert from "node:assert/strict";
import { solveChallenge } from "altcha-lib";

const url = process.argv[2];
const source = await (await fetch(url + "/assets/captcha.js")).text();
const { solve } = await import("data:text/javascript," + encodeURIComponent(source));
const challenge = async () => (await fetch(url + "/api/auth/captcha")).json();
const register = async (name, captcha) => {
  const body = { email: `${name}@example.com`, password: "a fine long passphrase", name, captcha };
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url + "/api/auth/register", { method: "POST", headers, body: JSON.stringify(body) });
  return [answer.status, (await answer.json()).error];
};

const [status, error] = await register("nobody");
assert.deepEqual([status, error.code, error.kind], [403, "CAPTCHA_REQUIRED", "proof-of-work"]);

const ours = await solve(error.challenge);
assert.equal((await register("ours", ours))[0], 201);
assert.equal((await register("again", ours))[0], 403);

const { algorithm, challenge: digest, maxnumber, salt, signature } = await challenge();
const { number } = await solveChallenge(digest, salt, algorithm, maxnumber).promise;
const theirs = btoa(JSON.stringify({ algorithm, challenge: digest, number, salt, signature }));
assert.equal((await register("theirs", theirs))[0], 201);

assert.equal(await solve({ ...(await challenge()), challenge: "00".repeat(32), maxnumber: 600 }), null);
console.log("ok");
