// The service worker, run outside a browser: its own script, with the events that a browser would send it.

/** One running worker. A browser stops and starts workers as it likes: another one knows only what was kept. */
export class Worker {
  static started = 0;
  handlers = new Map();
  windows = []; // pages that are open: {postMessage}
  registered = []; // what it asks the browser to wake it for
  waits = true; // until every page of the release before is closed
  claims = 0;

  static async start(release) {
    const worker = new Worker();
    globalThis.self = {
      addEventListener: (name, act) => worker.handlers.set(name, act),
      skipWaiting: async () => {
        worker.waits = false;
      },
      clients: { claim: async () => (worker.claims += 1), matchAll: async () => worker.windows },
      registration: { sync: { register: async (tag) => worker.registered.push(tag) } },
    };
    // A module of its own each time, as a worker that was stopped has forgotten what it had in mind.
    const script = await import(`../../webapp/static/js/service-worker.js?${++Worker.started}`);
    script.serve(release);
    return worker;
  }

  /** Lets an event happen; gives what the worker responds with, when all is done that it asked the browser to wait for. */
  async happen(name, event = {}) {
    const waits = [];
    let response; // nothing: left to the browser
    this.handlers.get(name)({
      ...event,
      waitUntil: (promise) => waits.push(promise),
      respondWith: (promise) => (response = promise),
    });
    const given = await response;
    for (const promise of waits) await promise; // some are added while others go on
    return given;
  }

  request(path, options, mode, destination = "") {
    const request = new Request(path, { redirect: "manual", ...options });
    // Only browsers may make requests with these.
    return Object.defineProperties(request, { mode: { value: mode }, destination: { value: destination } });
  }

  /** Somebody goes to a page. */
  visit(path) {
    return this.happen("fetch", { request: this.request(path, {}, "navigate") });
  }

  /** Somebody sends a form. */
  submit(path, fields = {}) {
    const options = { method: "POST", body: new URLSearchParams(fields) };
    return this.happen("fetch", { request: this.request(path, options, "navigate") });
  }

  /** A page asks for a file, or a script for something. */
  fetch(path, destination) {
    return this.happen("fetch", { request: this.request(path, {}, "cors", destination) });
  }

  /** A page's script says something; gives the answer where one is expected. */
  async tell(data) {
    const answers = [];
    await this.happen("message", { data, ports: [{ postMessage: (answer) => answers.push(answer) }] });
    return answers[0];
  }
}

/** What this browser keeps, by cache: {name: [path]}. */
export async function kept() {
  const found = {};
  for (const name of await caches.keys()) {
    const requests = await (await caches.open(name)).keys();
    if (requests.length) found[name] = requests.map(({ url }) => new URL(url).pathname).sort();
  }
  return found;
}
