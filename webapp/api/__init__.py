"""The API: what programs read of a course in the name of a person, with a token (`accounts.api_tokens`).

`routes` says how an operation is written and what each of them has in common, `resources` has them by noun, `schemas`
what they take and answer, `cursors` how long lists go on. `document` makes the OpenAPI document of all this.
"""
