"""Transport to and from Label Studio: embedded server, labelling config, push, pull, restore.

Nothing here knows what an arrow means; that is `assemble`.
"""
