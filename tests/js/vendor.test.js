// What the checks take for CodeMirror is what the bundle is made of.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const read = async (path) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

test("the types of CodeMirror are those of the versions in the bundle", async () => {
  const bundled = (await read("webapp/static/vendor/codemirror/LICENSES.txt")).match(/^\S+@[\d.]+$/gm);
  const { devDependencies } = JSON.parse(await read("package.json"));
  const imported = (await read("webapp/static/vendor/codemirror/entry.js")).matchAll(/from "(.+)"/g);
  const names = new Set([...imported].map(([, name]) => name));
  assert.ok(names.size > 5);
  for (const name of names) assert.ok(bundled.includes(`${name}@${devDependencies[name]}`), name);
});

test("the lock names no registry", async () => {
  assert.doesNotMatch(await read("package-lock.json"), /"resolved"|https?:\/\/[^"]*npm/);
});
