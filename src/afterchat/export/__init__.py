"""Exports: sessions of any filter as CSV, XLSX, Parquet or JSON lines, with derived columns and labels."""
