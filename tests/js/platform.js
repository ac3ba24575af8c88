// What a browser has and Node has not, or has not yet, on real parts: IndexedDB, caches, fetch with addresses that start
// at the site, and locks.
import "fake-indexeddb/auto";
import { Headers, FormData, Request, Response, caches, fetch, setGlobalOrigin } from "undici";

// A form that a browser sends by itself gets redirects as such; undici hands out what is behind them.
async function asBrowsersDo(request, options) {
  const response = await fetch(request, options);
  const opaque = request.redirect === "manual" && response.status >= 300 && response.status < 400;
  return opaque ? Object.defineProperty(response, "type", { value: "opaqueredirect" }) : response;
}

// undici's own waits for the end of bodies that nobody reads.
const Cache = (await caches.open("any")).constructor;
await caches.delete("any");
Cache.prototype.add = function (address) {
  return this.addAll([address]);
};
Cache.prototype.addAll = async function (addresses) {
  const responses = await Promise.all(addresses.map((address) => fetch(address)));
  if (!responses.every(({ ok }) => ok)) throw new TypeError("a file of the release is not there");
  await Promise.all(responses.map((response, at) => this.put(addresses[at], response)));
};

// One holder of a lock at a time, in the order of asking.
const held = new Map();
const locks = {
  request(name, act) {
    const turn = (held.get(name) ?? Promise.resolve()).then(() => act({ name, mode: "exclusive" }));
    held.set(
      name,
      turn.catch(() => {}),
    );
    return turn;
  },
};

export const network = { onLine: true, locks };

/** Makes this process look like a browser at a site. */
export function visit(origin) {
  setGlobalOrigin(origin);
  const all = { Headers, FormData, Request, Response, caches, fetch: asBrowsersDo, location: new URL(origin) };
  for (const [name, value] of Object.entries({ ...all, navigator: network }))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

/** Forgets what is kept, as in a browser that has never been here. */
export async function forgetAll({ records, forget }) {
  network.onLine = true;
  for (const { address } of await records()) await forget(address);
  for (const name of await caches.keys()) await caches.delete(name);
}
