"""From inbox rows to records."""
