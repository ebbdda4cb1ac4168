"""The running server: receiver, edge, reading side and projector put together on one store."""
