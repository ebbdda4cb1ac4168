"""From an authentic request to durable bytes and `{}`."""
