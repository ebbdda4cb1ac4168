"""Where pushes, sessions and operators' decisions are kept: ports, and the SQLite adapter behind them."""
