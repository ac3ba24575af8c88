// A text area as a YAML editor: colours, problems at their lines, completion of keys from a JSON Schema.
// The text area stays in the form and keeps the text, so nothing else needs to know.

/**
 * The parts of a JSON Schema that completion reads.
 * @typedef {object} Schema
 * @property {string} [$ref]
 * @property {Record<string, Schema>} [$defs]
 * @property {string} [description]
 * @property {string} [type]
 * @property {unknown[]} [enum]
 * @property {unknown} [const]
 * @property {Schema} [items]
 * @property {Record<string, Schema>} [properties]
 * @property {Record<string, Schema>} [patternProperties]
 * @property {Schema | boolean} [additionalProperties]
 * @property {Schema[]} [anyOf]
 * @property {Schema[]} [oneOf]
 * @property {Schema[]} [allOf]
 *
 * @typedef {{ line: number, column?: number, message: string, severity: "error" | "warning" | "info" }} Problem
 * @typedef {(string | 0)[]} Path - keys, and 0 for any item of a list
 * @typedef {import("@codemirror/state").Text} Text
 * @typedef {import("@codemirror/autocomplete").CompletionSource} CompletionSource
 * @typedef {import("@codemirror/autocomplete").Completion} Completion
 */

/** @type {HTMLScriptElement | null} */
const script = document.querySelector("script[nonce]");
const nonce = script?.nonce ?? "";

/**
 * Replaces what the text area looks like; gives {set, insert, write, mark, goTo}. `moved` is told the line of the cursor.
 * @param {HTMLTextAreaElement} area
 * @param {{ language?: string, schema?: (() => Schema | null) | null, changed?: () => void,
 *   moved?: (line: number) => void }} [options]
 */
export async function yamlField(area, { language = "yaml", schema = null, changed = () => {}, moved = () => {} } = {}) {
  const cm = await import("../vendor/codemirror/codemirror-6.0.2.min.js");
  const { EditorView, EditorState, basicSetup, keymap, indentWithTab, tags: t } = cm;
  const style = cm.HighlightStyle.define([
    { tag: [t.propertyName, t.definition(t.propertyName)], color: "var(--code-key)" },
    { tag: [t.string, t.content], color: "var(--ink)" },
    { tag: t.comment, color: "var(--ink-soft)", fontStyle: "italic" },
    { tag: [t.punctuation, t.separator, t.squareBracket, t.brace, t.meta], color: "var(--ink-soft)" },
  ]);
  const theme = EditorView.theme({
    "&": {
      fontSize: "0.875rem",
      color: "var(--ink)",
      backgroundColor: "var(--surface)",
      "--code-key": "light-dark(#1f4596, #8ab0f5)",
    },
    "&.cm-focused": { outline: "none" },
    ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.55", maxHeight: "62vh", overflow: "auto" },
    ".cm-content": { caretColor: "var(--ink)", minHeight: "8rem" },
    ".cm-cursor": { borderLeftColor: "var(--ink)" },
    ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--ink-soft)", borderRight: "1px solid var(--line)" },
    ".cm-activeLine": { backgroundColor: "color-mix(in oklab, var(--accent) 6%, transparent)" },
    ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--ink)" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, ::selection": {
      backgroundColor: "color-mix(in oklab, var(--accent) 24%, transparent) !important",
    },
    ".cm-tooltip": {
      backgroundColor: "var(--surface)",
      color: "var(--ink)",
      border: "1px solid var(--line-strong)",
      borderRadius: "0.5rem",
      maxWidth: "32rem",
    },
    ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--ink)", color: "var(--paper)" },
    ".cm-completionInfo": { padding: "0.5rem 0.75rem", fontFamily: "var(--font-sans)" },
    ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--ink)" },
    ".cm-diagnostic": { fontFamily: "var(--font-sans)", padding: "0.4rem 0.75rem" },
    ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--wrong)" },
    ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--partly)" },
    ".cm-lintRange-info": { backgroundImage: "none", textDecoration: "underline dotted var(--ink-soft)" },
  });
  let quiet = false;
  const box = document.createElement("div");
  box.className = "code-box";
  area.before(box);
  area.hidden = true;
  const label = area.labels?.[0]?.textContent ?? "YAML";
  const view = new EditorView({
    parent: box,
    state: EditorState.create({
      doc: area.value,
      extensions: [
        cm.EditorView.cspNonce.of(nonce),
        basicSetup,
        // Tab indents; Escape and then Tab leaves the field, as the note below it says.
        keymap.of([indentWithTab]),
        language === "yaml" ? cm.yaml() : [],
        language === "yaml" ? [] : EditorView.lineWrapping,
        EditorState.tabSize.of(2),
        cm.lintGutter(),
        cm.syntaxHighlighting(style),
        theme,
        schema ? cm.autocompletion({ override: [completer(schema)], icons: false }) : [],
        EditorView.contentAttributes.of({
          "aria-label": label,
          tabindex: "0",
          spellcheck: language === "yaml" ? "false" : "true",
        }),
        EditorView.updateListener.of((update) => {
          if (update.selectionSet || update.docChanged)
            moved(update.state.doc.lineAt(update.state.selection.main.head).number);
          if (!update.docChanged) return;
          area.value = view.state.doc.toString();
          if (!quiet) changed();
        }),
      ],
    }),
  });
  const note = document.createElement("p");
  note.className = "muted small code-note";
  note.textContent = area.dataset.tabNote ?? "";
  if (note.textContent) box.after(note);
  /** @param {number} line */
  const at = (line, column = 1) => {
    const row = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
    return Math.min(row.from + Math.max(column - 1, 0), row.to);
  };
  return {
    /** @param {string} text */
    set(text) {
      const old = view.state.doc.toString();
      if (text === old) return;
      // Only what differs is replaced, so that the cursor and the folds stay where they are.
      let start = 0,
        end = 0;
      const most = Math.min(old.length, text.length);
      while (start < most && old[start] === text[start]) start++;
      while (end < most - start && old.at(-1 - end) === text.at(-1 - end)) end++;
      quiet = true;
      view.dispatch({ changes: { from: start, to: old.length - end, insert: text.slice(start, text.length - end) } });
      quiet = false;
    },
    /**
     * Puts a text where the cursor is, or in place of what is selected.
     * @param {string} text
     */
    insert(text) {
      view.dispatch(view.state.replaceSelection(text));
      view.focus();
    },
    /**
     * Changes the text around what is selected, as one step that can be undone.
     * @param {(text: string, from: number, to: number) => import("./lesson-marks.js").Edit | null} make
     */
    write(make) {
      const { from, to } = view.state.selection.main;
      const edit = make(view.state.doc.toString(), from, to);
      if (edit) {
        const selection = { anchor: edit.anchor, head: edit.head };
        view.dispatch({ changes: edit.changes, selection, scrollIntoView: true, userEvent: "input" });
      }
      view.focus();
    },
    /** @param {Problem[]} problems */
    mark(problems) {
      const found = problems.map(({ line, column, message, severity }) => {
        const from = at(line, column);
        const to = Math.max(view.state.doc.lineAt(from).to, from);
        return { from, to, message, severity };
      });
      view.dispatch(cm.setDiagnostics(view.state, found));
    },
    /** @param {number} line */
    goTo(line) {
      const place = at(line);
      view.dispatch({ selection: { anchor: place }, effects: EditorView.scrollIntoView(place, { y: "center" }) });
      view.focus();
      box.scrollIntoView({ block: "nearest" });
    },
  };
}

// --- completion ---------------------------------------------------------------------------------------------------

/**
 * A source of completions: keys that may stand at the cursor and are not there yet, and the words a key allows.
 * @param {() => Schema | null} schema
 * @returns {CompletionSource}
 */
function completer(schema) {
  return (context) => {
    const root = schema();
    if (!root) return null;
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    const place = where(context.state.doc, line.number, before);
    const value = before.match(/^\s*(?:- )*([\w-]+):\s+([\w-]*)$/);
    if (value) {
      const words = allowed(root, [...place.path, value[1]], place.type).flatMap(
        (each) => each.enum ?? (each.type === "boolean" ? ["true", "false"] : each.const ? [each.const] : []),
      );
      if (!words.length) return null;
      return {
        from: context.pos - value[2].length,
        options: [...new Set(words)].map((label) => ({ label: String(label) })),
      };
    }
    const key = before.match(/^\s*(?:- )*([\w-]*)$/);
    if (!key || (!key[1] && !context.explicit)) return null;
    /** @type {Completion[]} */
    const options = [];
    for (const each of allowed(root, place.path, place.type)) {
      for (const [name, inner] of Object.entries(each.properties ?? {})) {
        if (place.siblings.has(name) && name !== key[1]) continue;
        if (options.some((option) => option.label === name)) continue;
        options.push({ label: name, apply: name + ": ", info: describe(root, inner) });
      }
    }
    return options.length ? { from: context.pos - key[1].length, options, validFor: /^[\w-]*$/ } : null;
  };
}

/** @param {Schema} root @param {Schema} schema */
const describe = (root, schema) => schema.description ?? resolve(root, schema)[0]?.description ?? "";

/**
 * The path of keys and list items around the cursor, by indentation; the keys beside it; the `type` of the item.
 * @param {Text} doc
 * @param {number} number - of the line with the cursor
 * @param {string} before - what stands before the cursor in it
 */
function where(doc, number, before) {
  /** @param {string} text */
  const lead = (text) => text.match(/^(?:\s|- )*/)?.[0] ?? "";
  let column = lead(before).length;
  const own = column;
  /** @type {Path} */
  const path = [];
  /** @type {Set<string>} */
  const siblings = new Set();
  let type = "";
  /** @param {string} text */
  const look = (text) => {
    const found = text.slice(lead(text).length).match(/^([\w-]+)\s*:(?:\s+(.*))?$/);
    return found ? { name: found[1], value: found[2] ?? "" } : null;
  };
  let open = true; // still within the same mapping
  for (let n = number; n >= 1; n--) {
    const text = n === number ? before : doc.line(n).text;
    if (!text.trim() || text.trim().startsWith("#")) continue;
    const indent = lead(text).length,
      dash = text.search(/\S/);
    const found = n === number ? null : look(text);
    if (indent === own && open && found) {
      siblings.add(found.name);
      if (found.name === "type") type ||= found.value.trim();
    }
    if (indent < column && found) {
      path.unshift(found.name);
      column = indent;
      if (found.name === "type") type ||= found.value.trim();
    } else if (found?.name === "type" && indent === column) type ||= found.value.trim();
    if (/^\s*- /.test(text) && dash < column) {
      path.unshift(0);
      if (indent <= own) open = false;
      column = dash + (text.trim() === "-" ? 1 : 0);
    }
    if (column === 0) break;
  }
  for (let n = number + 1; n <= doc.lines; n++) {
    const text = doc.line(n).text;
    if (!text.trim()) continue;
    if (/^\s*- /.test(text) || lead(text).length < own) break;
    const found = look(text);
    if (found && lead(text).length === own) {
      siblings.add(found.name);
      if (found.name === "type") type ||= found.value.trim();
    }
  }
  return { path, siblings, type };
}

/**
 * All schemas that a path leads to.
 * @param {Schema} root
 * @param {Path} path
 * @param {string} type - of the item
 */
function allowed(root, path, type) {
  let places = resolve(root, root, type);
  for (const part of path) {
    const next = places.flatMap((place) => {
      if (part === 0) return place.items ? [place.items] : [];
      const found =
        place.properties?.[part] ?? Object.values(place.patternProperties ?? {})[0] ?? place.additionalProperties;
      return found && typeof found === "object" ? [found] : [];
    });
    places = next.flatMap((schema) => resolve(root, schema, type));
  }
  return places;
}

/**
 * The schemas that one stands for: what it refers to, and each of its branches that fits the type.
 * @param {Schema} root
 * @param {Schema | undefined} schema
 * @returns {Schema[]}
 */
function resolve(root, schema, type = "") {
  if (!schema) return [];
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop() ?? "";
    return resolve(root, root.$defs?.[name], type);
  }
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])].flatMap((each) =>
    resolve(root, each, type),
  );
  const fitting = branches.filter(
    (each) => !type || !each.properties?.type?.const || each.properties.type.const === type,
  );
  return [
    ...(schema.properties || schema.items || schema.enum || schema.type || schema.const ? [schema] : []),
    ...(fitting.length ? fitting : branches),
  ];
}

/** @type {Map<string, Promise<Schema | null>>} */
const schemas = new Map();

/**
 * The JSON Schema at an address, fetched once.
 * @param {string} address
 */
export async function schemaAt(address) {
  const schema =
    schemas.get(address) ??
    fetch(address, { headers: { Accept: "application/json" } })
      .then((answer) => (answer.ok ? answer.json() : null))
      .catch(() => null);
  schemas.set(address, schema);
  return schema;
}
