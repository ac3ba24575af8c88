"""Single sign-on by OpenID Connect: people come in as somebody else's server knows them.

`client` asks that server, `id_tokens` looks whether its answer can be trusted, `begun` remembers what was begun in
which browser, `identities` says whose identity it is, `given_roles` follows the roles that are given there.
"""
