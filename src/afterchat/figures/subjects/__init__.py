"""The figures by subject; each file declares the populations and quantities that only its figures need."""
