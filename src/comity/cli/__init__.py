"""The command line: thin commands that read input, ask an engine, and show the answer."""
