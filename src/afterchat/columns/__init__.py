"""The records as columns: the second projection, for figures, filters and lists over millions of sessions."""
