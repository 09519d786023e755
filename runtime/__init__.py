"""How Rasa is run: shims, patches, deferred imports, tracker store, stale files, quiet start."""
