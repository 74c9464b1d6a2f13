"""Tables in Markdown, a module per kind of evidence."""
