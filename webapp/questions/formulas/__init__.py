"""Formulas between dollar signs: where they are in a text, and what they become, as MathML and as words."""
