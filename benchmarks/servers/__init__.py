"""What is measured, each in a process of its own: ours, Bolt as it comes, other bots."""
