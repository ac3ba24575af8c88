// A form is sent once, however often its button is pressed.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { frame, show } from "./page.js";

let visits = 0;

beforeEach(async () => {
  mock.timers.enable({ apis: ["Date"], now: 1000 });
  const forms =
    '<form method="post" id="a"><button>Start</button></form><form method="get" id="b"><button>Look</button></form>';
  show(frame(forms, { reader: "a-ada" }), "http://course.test/quizzes/research");
  await import(`../../webapp/static/js/once.js?${++visits}`);
});
afterEach(() => mock.timers.reset());

function press(id) {
  const event = new Event("submit", { bubbles: true, cancelable: true });
  return document.getElementById(id).dispatchEvent(event);
}

test("the second click of a double click sends nothing", () => {
  assert.equal(press("a"), true);
  mock.timers.tick(200);
  assert.equal(press("a"), false);
});

test("where the page stayed, the form can be sent again soon after", () => {
  press("a");
  mock.timers.tick(3000);
  assert.equal(press("a"), true);
});

test("what only asks can be asked again at once", () => {
  press("b");
  assert.equal(press("b"), true);
});
