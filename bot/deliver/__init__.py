"""Delivery: the outbox becomes posts and issues. States and their reasons: docs/reliability.md."""
