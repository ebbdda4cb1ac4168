"""Made-up sessions from a seed."""
