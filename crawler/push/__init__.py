"""Dealings with WebSub hubs: ask them, listen to them, take in what they push."""
