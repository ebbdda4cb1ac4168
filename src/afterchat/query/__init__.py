"""Reading: typed filters, keyset pages."""
