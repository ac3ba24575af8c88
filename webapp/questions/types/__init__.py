"""The question types: each is one module and, of the same name, its template."""
