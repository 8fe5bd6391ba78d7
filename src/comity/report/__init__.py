"""Pictures, tables and pages made from a plan and what is told about it: nothing is computed here that an engine should."""
