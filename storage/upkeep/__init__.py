"""Looking after a store for years: copies, backups, checks, and what is no longer wanted taken out."""
