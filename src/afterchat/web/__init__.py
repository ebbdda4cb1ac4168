"""JSON over HTTP for people and machines that read."""
