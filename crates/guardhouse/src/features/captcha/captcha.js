// Solves the proof of work of a form: a hidden field `captcha` with `data-url`, the address of a challenge, gets its answer
// before the form is sent. No form is held up where there is nothing to solve.
const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The answer to a challenge of ALTCHA, version 1; null where none of the numbers is it. */
export async function solve({ algorithm, challenge, maxnumber, salt, signature }) {
  const encoder = new TextEncoder();
  // A few hundred at a time: one after another would wait for the browser's other thread at each.
  for (let from = 0; from <= maxnumber; from += 256) {
    const numbers = Array.from({ length: Math.min(256, maxnumber + 1 - from) }, (_, at) => from + at);
    const digests = await Promise.all(
      numbers.map((number) => crypto.subtle.digest(algorithm, encoder.encode(salt + number))),
    );
    const at = digests.findIndex((digest) => hex(digest) === challenge);
    if (at >= 0) return btoa(JSON.stringify({ algorithm, challenge, number: from + at, salt, signature }));
  }
  return null;
}

/** Solves a new challenge for the field, and sends its form. */
async function send(form, field) {
  const answer = await fetch(field.dataset.url, { credentials: "omit" });
  const challenge = await answer.json();
  if (challenge.kind === "proof-of-work") field.value = (await solve(challenge)) ?? "";
  form.submit();
}

if (typeof document !== "undefined") {
  for (const field of document.querySelectorAll("input[name=captcha][data-url]")) {
    field.form.addEventListener("submit", (event) => {
      event.preventDefault();
      // Whatever goes wrong, the server says what is missing.
      send(field.form, field).catch(() => field.form.submit());
    });
  }
}
