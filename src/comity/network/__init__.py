"""Shared ground stations and other facilities: who sees whom, and who gets which hours."""
