"""Pure readers: bytes in, values out. No network, no clock, no state."""
