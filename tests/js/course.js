// The server's side of what the scripts rely on, spoken over a real connection: who is here, answers taken by the step
// they follow, pages that say whose they are. What the real server does is held by tests/quizzes and tests/web/test_offline.py.
import { once } from "node:events";
import http from "node:http";

const NOBODY = "nobody";

export class Course {
  reader = NOBODY; // who is signed in, as the session says
  token = "token-1"; // of this session
  away = false; // every connection breaks
  trouble = 0; // a status that is given instead of any answer
  loses = false; // answers are taken, and what is said about it is lost
  isHere = false; // below an address of its own: what is asked for at the root has moved
  slow = null; // a promise that every answer waits for
  requests = []; // {method, path, fields}, in the order in which they came
  steps = new Map(); // question → the answers taken, one for each step
  closed = new Set(); // attempts that take no more answers
  pages = new Map(); // path → {html, keep, reader, rest} or {json, reader} or {redirect}

  async start() {
    this.server = http.createServer((request, response) => this.answer(request, response));
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.origin = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  async stop() {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close");
  }

  /** A course as it is before anybody has been here. */
  reset() {
    Object.assign(this, { reader: NOBODY, token: "token-1", away: false, trouble: 0, loses: false, slow: null });
    this.isHere = false;
    this.requests.length = 0;
    for (const kept of [this.steps, this.closed, this.pages]) kept.clear();
  }

  /** The fields of all that was sent to an address, in order. */
  sent(path) {
    return this.requests.filter((each) => each.method === "POST" && each.path === path).map(({ fields }) => fields);
  }

  /** What was taken as answers to a question: the values of its first field. */
  taken(path) {
    return (this.steps.get(path) ?? []).map((fields) => fields.get("answer-choice"));
  }

  async answer(request, response) {
    let text = "";
    for await (const part of request) text += part;
    const path = request.url;
    const fields = new URLSearchParams(text);
    this.requests.push({ method: request.method, path, fields, outbox: request.headers["x-outbox"] });
    if (this.away) {
      request.socket.destroy();
      return;
    }
    if (this.slow) await this.slow;
    const said = this.trouble ? { status: this.trouble, html: "<h1>trouble</h1>" } : this.say(request, path, fields);
    if (this.loses && request.method === "POST") {
      request.socket.destroy();
      return;
    }
    const headers = { "Content-Type": said.json ? "application/json" : "text/html; charset=utf-8", ...said.headers };
    response.writeHead(said.status ?? 200, headers).flushHeaders();
    await said.rest; // a page may take its time after its head
    response.end(said.json ? JSON.stringify(said.json) : (said.html ?? ""));
  }

  say(request, path, fields) {
    if (path === "/session") return { json: { reader: this.reader, token: this.token } };
    if (request.method === "POST" && path === "/sign-out") {
      this.reader = NOBODY;
      return { status: 303, headers: { Location: "/" } };
    }
    if (path.startsWith("/attempts/") && this.isHere)
      return { status: 308, headers: { Location: `/courses/tea${path}` } };
    const attempt = path.match(/^(\/courses\/\w+)?\/attempts\/\d+/)?.[0];
    if (request.method === "POST" && path === `${attempt}/submit`) {
      this.closed.add(attempt);
      return { status: 303, headers: { Location: `${attempt}/result` } };
    }
    if (request.method === "POST") return this.take(request, attempt, path, fields);
    const page = this.pages.get(path);
    if (!page) return { status: 404, html: "<h1>nothing here</h1>", headers: { Reader: this.reader } };
    if (page.redirect) return { status: 303, headers: { Location: page.redirect } };
    if (page.json) return { json: page.json, headers: { Reader: page.reader ?? this.reader, "Keep-Offline": "yes" } };
    const whose = page.reader ?? this.reader;
    const headers = { ...(whose ? { Reader: whose } : {}), ...(page.keep ? { "Keep-Offline": "yes" } : {}) };
    return { html: page.html, headers, rest: page.rest };
  }

  take(request, attempt, path, fields) {
    const scripted = request.headers.accept === "application/json";
    if (!scripted) return { status: 303, headers: { Location: path } };
    if (fields.get("csrf_token") !== this.token) return { status: 400, json: { error: "token" } };
    if (this.reader === NOBODY) return { status: 401, json: { sign_in: "/sign-in" } };
    if (this.closed.has(attempt)) return { status: 409, json: { reason: "submitted", go: `${attempt}/result` } };
    const steps = this.steps.get(path) ?? [];
    // The same answer again is the same answer, whatever it follows; another one on an old step is nobody's to choose here.
    const answer = (each) => JSON.stringify([...each].filter(([name]) => name.startsWith("answer-")));
    const same = steps.length > 0 && answer(steps.at(-1)) === answer(fields);
    if (!same && Number(fields.get("sequence")) !== steps.length) return { status: 409, json: { reason: "stale" } };
    if (!same) steps.push(fields);
    this.steps.set(path, steps);
    return { json: { saved: true, sequence: steps.length, at: "2026-11-27T12:00:00", malformed: null } };
  }
}
