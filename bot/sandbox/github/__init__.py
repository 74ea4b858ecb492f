"""The sandbox's GitHub: the issues of one repository behind a small, strict REST API with webhooks."""
