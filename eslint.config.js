// What the scripts are held to beyond what tsc finds. Formatting is prettier's business.
import js from "@eslint/js";
import globals from "globals";

const pages = "webapp/static/js/*.js";
const worker = "webapp/static/js/service-worker.js";
// Used by pages and by the worker, so nothing that only one of the two has.
const both = ["webapp/static/js/outbox.js"];
const shared = Object.fromEntries(Object.entries(globals.browser).filter(([name]) => name in globals.serviceworker));

export default [
  { ignores: ["webapp/static/vendor/**/*.min.*", "test-results/", "build/", "dist/", "instance/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2024, sourceType: "module" },
    rules: {
      eqeqeq: "error",
      "no-unused-vars": ["error", { args: "all", argsIgnorePattern: "^_", caughtErrors: "all" }],
      "no-implicit-globals": "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-shadow": ["error", { builtinGlobals: false }],
      "no-use-before-define": ["error", { functions: false, variables: false }],
      "no-implicit-coercion": ["error", { allow: ["!!"] }],
      "no-constructor-return": "error",
      "no-promise-executor-return": "error",
      "no-self-compare": "error",
      "no-template-curly-in-string": "error",
      "no-unmodified-loop-condition": "error",
      "no-unreachable-loop": "error",
      "no-useless-assignment": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-script-url": "error",
      "no-throw-literal": "error",
      "no-console": "error",
      "array-callback-return": "error",
      "consistent-return": "error",
      "default-case-last": "error",
      "guard-for-in": "error",
      radix: "error",
    },
  },
  { files: [pages], ignores: [worker, ...both], languageOptions: { globals: globals.browser } },
  { files: [worker], languageOptions: { globals: globals.serviceworker } },
  { files: both, languageOptions: { globals: shared } },
  {
    files: ["tests/js/**/*.js", "*.config.js"],
    languageOptions: { globals: { ...globals.node, caches: "readonly", IDBDatabase: "readonly" } },
  },
  {
    // What page.js gives them.
    files: ["tests/js/*.test.js"],
    languageOptions: { globals: { document: "readonly", window: "readonly", HTMLFormElement: "readonly" } },
  },
];
