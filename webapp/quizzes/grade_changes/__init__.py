"""How a recorded result changes: forecast by name, for a reason, kept with before and after, told, and taken back."""
