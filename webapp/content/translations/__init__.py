"""A course in a second language: its texts, the catalogues that translate them, and what is missing in these."""
