"""Stories as people see them: where a text likely comes from, and what each outlet made of it."""
