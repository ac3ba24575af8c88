// A page as a browser shows it, for scripts that look at one: jsdom, with a question page like the server's.
import { JSDOM } from "jsdom";

const GLOBALS = ["document", "window", "location", "FormData", "DOMParser", "Element", "Event", "SVGElement"];

let dom = null;
const heard = [];

/** Adds listeners that go with their page. */
const listener = (target) => (name, act, options) => {
  target.constructor.prototype.addEventListener.call(target, name, act, options);
  heard.push(() => target.removeEventListener(name, act, options));
};

/** Shows a page at an address; what a page has as globals, this process has then. */
export function show(html, url) {
  if (dom === null) {
    dom = new JSDOM("", { url });
    const { window } = dom;
    const elements = Object.getOwnPropertyNames(window).filter((name) => /^HTML\w*Element$/.test(name));
    for (const name of [...GLOBALS, ...elements])
      Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true });
    globalThis.addEventListener = listener(window);
    window.document.addEventListener = listener(window.document);
  }
  // One window for all pages, because making another takes longer than all that is done with it; so what the scripts of
  // the page before listen for is forgotten with it.
  for (const forget of heard.splice(0)) forget();
  dom.reconfigure({ url });
  const page = new dom.window.DOMParser().parseFromString(html, "text/html");
  dom.window.document.documentElement.replaceWith(dom.window.document.adoptNode(page.documentElement));
  return dom.window;
}

/** A page of a reader; `copy` says since when it is kept, if it is a kept one. */
export const frame = (body, { reader, copy }) =>
  `<!doctype html><html lang="en" data-reader="${reader}"${copy ? ` data-copy="${copy}"` : ""}><body>${body}</body></html>`;

/** A question page, with one input of each kind. */
export function questionPage(position, total, { sequence = 0, steps = sequence } = {}) {
  const next =
    position < total ? `/courses/tea/attempts/7/questions/${position + 1}` : "/courses/tea/attempts/7/summary";
  const map = Array.from({ length: total }, (_, at) => at + 1).map(
    (n) =>
      `<li><button type="submit" name="action" value="goto:${n}" data-leads-to="/courses/tea/attempts/7/questions/${n}" class="quiz-map-item">
        <span>Question </span>${n}<span>, not answered</span></button></li>`,
  );
  const bars = Array.from({ length: total }, (_, at) => `<rect class="${at + 1 === position ? "here" : "left"}"/>`);
  return `<form method="post" id="question" action="/courses/tea/attempts/7/questions/${position}" data-saves
    data-steps="${steps}" data-edition="en 1" data-answered="answered" data-open="not answered" data-unreadable="can’t be read" data-saving="Saving …"
    data-saved="Saved {time}" data-kept="Kept here" data-ready="Ready" data-closed="Closed" data-stale="Stale">
    <h1>Question ${position} of ${total}</h1>
    <input type="hidden" name="csrf_token" value="token-1">
    <input type="hidden" name="sequence" value="${sequence}">
    <input type="hidden" name="seconds" value="0">
    <span data-count="{n} answered">0 answered</span>
    <svg class="quiz-progress">${bars.join("")}</svg>
    <input type="radio" name="answer-choice" value="a"><input type="radio" name="answer-choice" value="b">
    <input type="checkbox" name="answer-many" value="x"><input type="checkbox" name="answer-many" value="y">
    <input type="checkbox" name="answer-many" value="z">
    <input type="text" name="answer-words"><input type="text" name="answer-words">
    <ol data-ordering-list>
      ${["one", "two", "three"].map((each) => `<li id="${each}"><select name="answer-${each}"><option value=""></option><option>1</option><option>2</option><option>3</option></select></li>`).join("")}
    </ol>
    <input type="radio" name="certainty" value="1"><input type="radio" name="certainty" value="3">
    <p data-status></p>
    <button type="submit" name="action" value="next" data-next data-leads-to="${next}">Next</button>
    <template data-mark="answered"><svg class="quiz-map-mark"></svg></template>
    <nav class="quiz-map"><ol>${map.join("")}</ol></nav>
  </form>`;
}

/** The page before handing in. */
export const summaryPage = (total, answered = []) => `<div data-summary>
    <p data-lead="{n} of {total} questions are answered.">as it was</p>
    <ol>${Array.from({ length: total }, (_, at) => at + 1)
      .map(
        (n) =>
          `<li><a href="/courses/tea/attempts/7/questions/${n}"><span data-position="${n}"${answered.includes(n) ? " data-answered" : ""}>${answered.includes(n) ? "Answered" : "Not answered"}</span></a></li>`,
      )
      .join("")}</ol>
    <template data-saved>Answered</template><template data-kept>Kept on this device</template>
    <template data-unreadable>Can’t be read</template>
    <a data-back="Back to question {n}" href="/courses/tea/attempts/7/questions/1"><span>Back to question 1</span></a>
  </div>`;
