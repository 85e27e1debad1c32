"""The rules of the trade: pure functions over plain values, without I/O, clock, chance or framework."""
