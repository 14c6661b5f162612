"""Is one text a copy of another? Pure: tokens, fingerprints, candidates, and the rule."""
