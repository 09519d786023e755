"""How Rasa is run: shims, patches, deferred imports, the tracker store, stale files, a quiet start."""
