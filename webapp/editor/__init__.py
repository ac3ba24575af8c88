"""The course in the browser. Every instructor may edit the whole course: it belongs to no class.

The folder stays the truth. A page holds an item (a question, a quiz) as text; its form and its YAML are two views of
that text (`edit_session`), the form comes from the schema of the type (`forms`), and a change rewrites the values that
changed and no other byte (`yaml_roundtrip`). Saving tries the whole course first (`saving`), says what the change means
for those who met the question (`impact`), and is recorded (`history`).
"""
