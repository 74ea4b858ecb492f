"""The only place that knows GitHub: `issue`, `answers` and `webhook` are pure, `client` and `wire` make the calls."""
