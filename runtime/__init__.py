"""How Rasa is run: shims, patches, deferred imports, the tracker store, a quiet start."""
