// A browser driven over its DevTools pipe: no driver, no package.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class Chromium {
  #next = 1;
  #waiting = new Map();
  #heard = [];

  static async start() {
    const browser = new Chromium();
    browser.profile = mkdtempSync(join(tmpdir(), "guardhouse-browser-"));
    const switches = ["--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage"];
    // The sandbox does not start for root.
    if (process.getuid() === 0) switches.push("--no-sandbox");
    browser.process = spawn("chromium", [...switches, `--user-data-dir=${browser.profile}`, "about:blank"], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    });
    browser.process.on("exit", () => {
      for (const { reject } of browser.#waiting.values()) reject(new Error("the browser ended"));
    });
    let text = "";
    browser.process.stdio[4].setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
      for (let end; (end = text.indexOf("\0")) >= 0; text = text.slice(end + 1)) browser.#read(JSON.parse(text.slice(0, end)));
    });
    const { targetId } = await browser.#send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await browser.#send("Target.attachToTarget", { targetId, flatten: true });
    browser.session = sessionId;
    await browser.call("Page.enable");
    // What a page of the tested origin may do is another matter than what its users' browser can.
    await browser.call("Page.setBypassCSP", { enabled: true });
    return browser;
  }

  #read(message) {
    const waiting = this.#waiting.get(message.id);
    if (!waiting) {
      this.#heard = this.#heard.filter((one) => one.method !== message.method || one.resolve(message.params));
      return;
    }
    this.#waiting.delete(message.id);
    if (message.error) waiting.reject(new Error(message.error.message));
    else waiting.resolve(message.result);
  }

  #send(method, params = {}, sessionId = undefined) {
    const id = this.#next++;
    this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  call(method, params) {
    return this.#send(method, params, this.session);
  }

  #event(method) {
    return new Promise((resolve) => this.#heard.push({ method, resolve }));
  }

  async open(url) {
    const loaded = this.#event("Page.loadEventFired");
    await this.call("Page.navigate", { url });
    await loaded;
  }

  // The value of a script in the page; what it throws is thrown here.
  async run(expression) {
    const answer = await this.call("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true, userGesture: true });
    if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description ?? answer.exceptionDetails.text);
    return answer.result.value;
  }

  async stop() {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.#send("Browser.close").catch(() => {});
    await ended;
    // Its other processes write a moment longer.
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}
