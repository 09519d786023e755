"""The ground floor: settings, logs, shared state, metrics, processes. It imports no other room."""
