"""HTTP: each protocol's addresses in a module of its own, which reads a request, asks an engine, and writes the answer."""
