"""YAML as plain values with their places, and what is wrong with it in words for people."""
