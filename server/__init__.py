"""What the server does for every channel: HTTP, event streams, readiness, metrics, pages."""
