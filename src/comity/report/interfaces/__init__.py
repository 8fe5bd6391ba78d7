"""Interfaces as people read them: control documents, N² charts, gaps by partner, what a standard would close."""
