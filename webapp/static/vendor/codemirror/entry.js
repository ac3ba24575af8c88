export { EditorView, basicSetup } from "codemirror";
export { EditorState, Compartment, Annotation, Transaction } from "@codemirror/state";
export { keymap } from "@codemirror/view";
export { indentWithTab } from "@codemirror/commands";
export { yaml } from "@codemirror/lang-yaml";
export { HighlightStyle, syntaxHighlighting, syntaxTree } from "@codemirror/language";
export { setDiagnostics, lintGutter } from "@codemirror/lint";
export { autocompletion } from "@codemirror/autocomplete";
export { tags } from "@lezer/highlight";
