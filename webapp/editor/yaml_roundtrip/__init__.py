"""YAML that is changed without touching what its author wrote elsewhere: every other byte stays."""
