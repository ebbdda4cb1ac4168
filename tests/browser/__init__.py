"""Tests that look at the dashboard with a browser; a package, so that browser and server end with its last test."""
