"""The rules of WebSub as a subscriber keeps them, and how far a hub is to be believed. Pure."""
